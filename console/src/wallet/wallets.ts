// The wallets of somebody, in the order in which they are shown.

import type { Wallet } from '../api/types';

/** Wallets that are not closed, oldest first: the order stays when others are opened. */
export function inOrder(wallets: readonly Wallet[]): Wallet[] {
  const open = wallets.filter((wallet) => wallet.status !== 'closed');
  return open.toSorted((a, b) => a.created_at.localeCompare(b.created_at));
}
