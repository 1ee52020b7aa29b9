// Idempotency keys of a form: the same body has the same key, however often it is sent.

import { useRef } from 'react';

import { newKey } from './client';

export function useRequestKey(): (body: unknown) => { 'Idempotency-Key': string } {
  const last = useRef({ body: '', key: '' });
  return (body) => {
    const text = JSON.stringify(body);
    if (last.current.body !== text) last.current = { body: text, key: newKey() };
    return { 'Idempotency-Key': last.current.key };
  };
}
