//! Who may compute a password hash next: a few at a time, and of those who wait one network after
//! the other, so that anyone who sends a thousand logins waits behind himself and not before
//! everybody else. It hashes nothing.
//!
//! Where all places are taken, somebody from a network that waits with few takes the last place of
//! the network that waits with most; that one is told to come again.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::passwords::error::PasswordError;

/// Hands out permits; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct FairQueue(Arc<Mutex<State>>);

/// Anyone who has it may compute; the next in the queue gets one when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(FairQueue);

#[derive(Debug)]
struct State {
    /// How many may compute at once, and how many may wait.
    at_once: usize,
    places: usize,
    at_work: usize,
    /// The networks that somebody waits from, in the order of their next turn; those who wait, in
    /// the order of arrival.
    lanes: VecDeque<Lane>,
}

#[derive(Debug)]
struct Lane {
    /// None: a tool beside the server.
    network: Option<IpAddr>,
    waiting: VecDeque<oneshot::Sender<Permit>>,
}

impl FairQueue {
    pub(crate) fn new(at_once: u32, places: u32) -> Self {
        Self(Arc::new(Mutex::new(State {
            at_once: at_once as usize,
            places: places as usize,
            at_work: 0,
            lanes: VecDeque::new(),
        })))
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] where as many wait as may.
    pub(crate) async fn take(&self, network: Option<IpAddr>) -> Result<Permit, PasswordError> {
        let permit = {
            let mut state = self.state();
            state.forget_the_gone();
            if state.at_work < state.at_once {
                state.at_work += 1;
                return Ok(Permit(self.clone()));
            }
            state.wait(network)?
        };
        // Dropped by anyone who took the place.
        permit.await.map_err(|_| PasswordError::Busy)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.lanes.iter().map(|lane| lane.waiting.len()).sum()
    }

    /// Those who went away while they waited leave no place behind.
    fn forget_the_gone(&mut self) {
        for lane in &mut self.lanes {
            lane.waiting.retain(|turn| !turn.is_closed());
        }
        self.lanes.retain(|lane| !lane.waiting.is_empty());
    }

    fn wait(
        &mut self,
        network: Option<IpAddr>,
    ) -> Result<oneshot::Receiver<Permit>, PasswordError> {
        if self.waiting() >= self.places {
            self.take_a_place(network)?;
        }
        let (sender, receiver) = oneshot::channel();
        match self.lanes.iter_mut().find(|lane| lane.network == network) {
            Some(lane) => lane.waiting.push_back(sender),
            None => self.lanes.push_back(Lane {
                network,
                waiting: VecDeque::from([sender]),
            }),
        }
        Ok(receiver)
    }

    /// Ends the waiting of the last one of the network that waits with most, where that is more
    /// than ours will be.
    fn take_a_place(&mut self, network: Option<IpAddr>) -> Result<(), PasswordError> {
        let ours = self
            .lanes
            .iter()
            .find(|lane| lane.network == network)
            .map_or(0, |lane| lane.waiting.len());
        let longest = self.lanes.iter_mut().max_by_key(|lane| lane.waiting.len());
        match longest {
            Some(lane) if lane.waiting.len() > ours + 1 => {
                lane.waiting.pop_back();
                Ok(())
            }
            _ => Err(PasswordError::Busy),
        }
    }

    /// Who is next: the first of the first lane, which goes to the end.
    fn next(&mut self) -> Option<oneshot::Sender<Permit>> {
        let mut lane = self.lanes.pop_front()?;
        let next = lane.waiting.pop_front();
        if !lane.waiting.is_empty() {
            self.lanes.push_back(lane);
        }
        next
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.state();
            state.forget_the_gone();
            let next = state.next();
            if next.is_none() {
                state.at_work -= 1;
            }
            next
        };
        // Outside of the lock: anyone who has just gone away drops the permit at once, and hands it
        // on.
        if let Some(next) = next {
            drop(next.send(Self(self.0.clone())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    type Waiting = Pin<Box<dyn Future<Output = Result<Permit, PasswordError>>>>;

    fn network(number: u8) -> Option<IpAddr> {
        Some([192, 0, 2, number].into())
    }

    fn poll(waiting: &mut Waiting) -> Poll<Result<Permit, PasswordError>> {
        waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Somebody who comes from a network, and has asked.
    fn come(queue: &FairQueue, number: u8) -> Waiting {
        let queue = queue.clone();
        let mut waiting: Waiting = Box::pin(async move { queue.take(network(number)).await });
        assert!(poll(&mut waiting).is_pending());
        waiting
    }

    /// The one of them whose turn it is.
    fn whose(waiting: &mut [(char, Waiting)]) -> (char, Permit) {
        for (name, waiting) in waiting {
            if let Poll::Ready(Ok(turn)) = poll(waiting) {
                return (*name, turn);
            }
        }
        panic!("it is nobody's turn");
    }

    #[tokio::test]
    async fn networks_take_turns_whoever_sends_most() {
        let queue = FairQueue::new(1, 10);
        let mut at_work = queue.take(network(1)).await.unwrap();
        let mut waiting: Vec<_> = [('a', 1), ('b', 1), ('c', 1), ('d', 2), ('e', 2), ('f', 3)]
            .map(|(name, number)| (name, come(&queue, number)))
            .into();
        let mut order = String::new();
        while !waiting.is_empty() {
            drop(at_work);
            let (name, turn) = whose(&mut waiting);
            waiting.retain(|(other, _)| *other != name);
            order.push(name);
            at_work = turn;
        }
        assert_eq!(order, "adfbec");
    }

    #[tokio::test]
    async fn beyond_the_places_callers_are_refused() {
        let queue = FairQueue::new(1, 1);
        let at_work = queue.take(network(1)).await.unwrap();
        let mut waiting = come(&queue, 1);
        for number in [1, 2] {
            let refused = queue.take(network(number)).await;
            assert!(matches!(refused, Err(PasswordError::Busy)));
        }
        drop(at_work);
        assert!(matches!(poll(&mut waiting), Poll::Ready(Ok(_))));
    }

    #[tokio::test]
    async fn who_waits_with_many_makes_room_for_who_comes_alone() {
        let queue = FairQueue::new(1, 3);
        let _at_work = queue.take(network(1)).await.unwrap();
        let mut many = [come(&queue, 1), come(&queue, 1), come(&queue, 1)];
        let _alone = come(&queue, 2);
        assert!(poll(&mut many[0]).is_pending() && poll(&mut many[1]).is_pending());
        assert!(matches!(
            poll(&mut many[2]),
            Poll::Ready(Err(PasswordError::Busy))
        ));
        // Now it is two against one: a third network is one too many, and so is another of the
        // first.
        for number in [1, 2] {
            assert!(queue.take(network(number)).await.is_err());
        }
        let _third = come(&queue, 3);
        assert!(matches!(
            poll(&mut many[1]),
            Poll::Ready(Err(PasswordError::Busy))
        ));
        assert!(queue.take(network(4)).await.is_err());
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_neither_a_place_nor_a_turn_behind() {
        let queue = FairQueue::new(1, 1);
        let at_work = queue.take(network(1)).await.unwrap();
        drop(come(&queue, 1));
        let told = come(&queue, 2);
        drop(at_work);
        // Its turn has come, and nobody takes it.
        drop(told);
        assert!(queue.take(network(3)).await.is_ok());
        assert_eq!(queue.state().at_work, 0);
    }

    #[tokio::test]
    async fn as_many_are_at_work_as_may_be() {
        let queue = FairQueue::new(2, 0);
        let (one, _two) = (queue.take(None).await.unwrap(), queue.take(None).await);
        assert!(queue.take(None).await.is_err());
        drop(one);
        assert!(queue.take(None).await.is_ok());
    }
}
