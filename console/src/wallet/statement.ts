// The statement of a wallet as a file.

import { api, ask } from '../api/client';
import type { Wallet } from '../api/types';

/** Asks for all entries as CSV and hands them to the browser to keep. */
export async function downloadStatement(wallet: Wallet): Promise<void> {
  const answer = api.GET('/api/v1/wallets/{id}/statement', { params: { path: { id: wallet.id } }, headers: { Accept: 'text/csv' }, parseAs: 'blob' });
  const file = (await ask(answer)) as unknown as Blob;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `payflow-${wallet.currency}-${new Date().toISOString().slice(0, 10)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
