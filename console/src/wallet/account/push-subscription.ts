// The subscription of this browser to push messages (RFC 8030, RFC 8292).

import { api, ask } from '../../api/client';
import worker from '../push-worker?worker&url';

/** Whether this browser can do it. */
export const hasPush = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

/** Whether its user, or the browser by itself, has said no. */
export const isRefused = (): boolean => hasPush() && Notification.permission === 'denied';

const registration = () => navigator.serviceWorker.getRegistration(new URL(worker, location.href).href);

/** What this browser is subscribed with. */
export async function subscription(): Promise<PushSubscription | null> {
  return (await (await registration())?.pushManager.getSubscription()) ?? null;
}

/** Runs an act, with a proof of who one is where the server wants one. */
type Run = <T>(act: () => Promise<T>) => Promise<T>;

/** Asks for the permission, subscribes at the push service of the browser, and tells the server. */
export async function turnOnPush(run: Run): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') throw new DOMException('refused', 'NotAllowedError');
  const { public_key } = await ask(api.GET('/api/v1/notifications/push-key'));
  const registered = await navigator.serviceWorker.register(worker, { type: 'module' });
  await whenActive(registered);
  const made = await registered.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: public_key });
  try {
    await run(() => ask(api.POST('/api/v1/users/me/push-subscriptions', { body: made.toJSON() as never })));
  } catch (error) {
    await made.unsubscribe();
    throw error;
  }
}

/** Takes it back, here and at the server. */
export async function turnOffPush(): Promise<void> {
  const made = await subscription();
  if (!made) return;
  await ask(api.DELETE('/api/v1/users/me/push-subscriptions', { body: { endpoint: made.endpoint } }));
  await made.unsubscribe();
}

/** A worker that does not control the page is never `navigator.serviceWorker.ready`. */
function whenActive({ active, installing, waiting }: ServiceWorkerRegistration): Promise<void> {
  if (active) return Promise.resolve();
  const coming = installing ?? waiting;
  return new Promise((done) => coming?.addEventListener('statechange', () => coming.state === 'activated' && done()));
}
