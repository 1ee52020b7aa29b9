// A wallet by the name of whom it belongs to.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { walletOwnerQuery } from '../../api/queries';

export function WalletOwner({ wallet, className = '' }: { wallet: string; className?: string }) {
  const { data } = useQuery(walletOwnerQuery(wallet));
  return <Link to={`/wallets/${wallet}` as '/'} className={`underline-offset-4 hover:underline ${className}`}>{data ? <bdi>{data.owner.name}</bdi> : <span className="font-mono text-xs">…{wallet.slice(-6)}</span>}</Link>;
}
