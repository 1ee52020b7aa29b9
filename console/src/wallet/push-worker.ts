// What a browser does with a push message while no page of the wallet need be open: shows it, and opens the inbox when it is pressed.
// It serves no pages and keeps nothing.

interface Told {
  id: string;
  title: string;
  body: string;
}

interface PushEvent extends Event {
  data: { json(): Told } | null;
  waitUntil(done: Promise<unknown>): void;
}

interface ClickEvent extends Event {
  notification: Notification;
  waitUntil(done: Promise<unknown>): void;
}

interface Worker {
  addEventListener(type: 'push', listener: (event: PushEvent) => void): void;
  addEventListener(type: 'notificationclick', listener: (event: ClickEvent) => void): void;
  registration: ServiceWorkerRegistration;
  clients: { openWindow(url: string): Promise<unknown> };
}

const worker = self as unknown as Worker;

worker.addEventListener('push', (event) => {
  const told = event.data?.json();
  if (told) event.waitUntil(worker.registration.showNotification(told.title, { body: told.body, tag: told.id, icon: '/favicon.svg' }));
});

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(worker.clients.openWindow('/wallet/notifications'));
});
