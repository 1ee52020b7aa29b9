// Passkeys, by the browser's own JSON forms of Web Authentication.

import { api, ask } from '../api/client';
import type { components } from '../api/generated';

type LogInAnswer = components['schemas']['LogInAnswer'];

/** Whether this browser can do it. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
}

/** Logs in by a passkey that the browser offers. */
export async function logInWithPasskey(): Promise<LogInAnswer> {
  const { ceremony, public_key } = await ask(api.POST('/api/v1/auth/passkeys/challenge'));
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(public_key as never);
  const credential = await navigator.credentials.get({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new Error('no passkey');
  const body = { ceremony, credential: credential.toJSON(), session: 'cookie' } as never;
  return ask(api.POST('/api/v1/auth/passkeys/login', { body }));
}
