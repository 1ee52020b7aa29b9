// What the role of whoever is here may do. The server decides in the end: this only keeps buttons away that it would refuse.

import { useQuery } from '@tanstack/react-query';

import { meQuery } from '../../api/queries';
import type { User } from '../../api/types';

export type Role = User['role'];

export const useMyRole = (): Role | undefined => useQuery(meQuery).data?.role;

/** Whether they may change what belongs to others: payments, wallets, queues, webhooks. */
export const useMayOperate = (): boolean => ['operator', 'admin'].includes(useMyRole() ?? '');
/** Whether they may manage people and organisations. */
export const useIsAdmin = (): boolean => useMyRole() === 'admin';
/** Whether they may read the audit log. */
export const useMayAudit = (): boolean => ['auditor', 'admin'].includes(useMyRole() ?? '');
