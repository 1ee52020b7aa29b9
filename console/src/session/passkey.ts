// Passkeys, by the browser's own JSON forms of Web Authentication.

import { api, ask } from '../api/client';
import type { components } from '../api/generated';

type LogInAnswer = components['schemas']['LogInAnswer'];
type PasskeyAnswer = components['schemas']['PasskeyAnswer'];

/** Whether this browser can do it. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
}

/** Whether the user closed the browser's question, or the browser has no passkey that fits. */
export const isNotUsed = (error: unknown): boolean => error instanceof DOMException;

/** Asks for a passkey; what the server takes as a factor. */
export async function presentPasskey(): Promise<PasskeyAnswer> {
  const { ceremony, public_key } = await ask(api.POST('/api/v1/auth/passkeys/challenge'));
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(public_key as never);
  const credential = await navigator.credentials.get({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('no passkey', 'NotAllowedError');
  return { ceremony, credential: credential.toJSON() as never };
}

/** Logs in by a passkey that the browser offers. */
export async function logInWithPasskey(): Promise<LogInAnswer> {
  const body = { ...(await presentPasskey()), session: 'cookie' } as const;
  return ask(api.POST('/api/v1/auth/passkeys/login', { body }));
}

/** Makes a passkey. `proved` asks for a fresh proof where the server wants one; the rest follows from the browser. */
export async function makePasskey(name: string, proved: <T>(act: () => Promise<T>) => Promise<T>) {
  const { ceremony, public_key } = await proved(() => ask(api.POST('/api/v1/auth/passkeys/registration')));
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(public_key as never);
  const credential = await navigator.credentials.create({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('no passkey', 'NotAllowedError');
  return ask(api.POST('/api/v1/auth/passkeys', { body: { ceremony, name, credential: credential.toJSON() as never } }));
}
