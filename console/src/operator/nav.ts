// The pages of the console, as its menu, its palette and its keys know them.

import { Activity, BellRing, BookOpen, Building2, FileClock, FolderSearch, Inbox, KeyRound, LayoutDashboard, ListChecks, ListOrdered, ReceiptText, Scale, Settings2, UserRoundCog, UsersRound, WalletCards, Webhook } from 'lucide-react';
import type { ComponentType } from 'react';

import type { Role } from './parts/role';

export interface NavPage {
  to: string;
  name: 'overview' | 'payments' | 'customers' | 'wallets' | 'cases' | 'rules' | 'lists' | 'alerts' | 'queues' | 'deadLetters' | 'webhooks' | 'audit' | 'health' | 'team' | 'organisations' | 'apiKeys' | 'settings' | 'help';
  icon: ComponentType<{ className?: string }>;
  group: 'work' | 'risk' | 'operate' | 'manage';
  /** The second key after G. */
  key?: string;
  /** Who sees it in the menu; everybody where nothing is said. */
  roles?: readonly Role[];
}

export const PAGES: readonly NavPage[] = [
  { to: '/', name: 'overview', icon: LayoutDashboard, group: 'work', key: 'o' },
  { to: '/payments', name: 'payments', icon: ReceiptText, group: 'work', key: 'p' },
  { to: '/customers', name: 'customers', icon: UsersRound, group: 'work', key: 'c' },
  { to: '/wallets', name: 'wallets', icon: WalletCards, group: 'work', key: 'w' },
  { to: '/cases', name: 'cases', icon: FolderSearch, group: 'risk', key: 'i' },
  { to: '/rules', name: 'rules', icon: Scale, group: 'risk', key: 'r' },
  { to: '/lists', name: 'lists', icon: ListChecks, group: 'risk', key: 'l' },
  { to: '/alerts', name: 'alerts', icon: BellRing, group: 'operate', key: 'e' },
  { to: '/queues', name: 'queues', icon: ListOrdered, group: 'operate', key: 'q' },
  { to: '/dead-letters', name: 'deadLetters', icon: Inbox, group: 'operate', key: 'd' },
  { to: '/webhooks', name: 'webhooks', icon: Webhook, group: 'operate', key: 'b' },
  { to: '/health', name: 'health', icon: Activity, group: 'operate', key: 'h' },
  { to: '/audit', name: 'audit', icon: FileClock, group: 'manage', key: 'a', roles: ['auditor', 'admin'] },
  { to: '/team', name: 'team', icon: UserRoundCog, group: 'manage', key: 't' },
  { to: '/organisations', name: 'organisations', icon: Building2, group: 'manage', roles: ['admin'] },
  { to: '/api-keys', name: 'apiKeys', icon: KeyRound, group: 'manage', key: 'k' },
  { to: '/settings', name: 'settings', icon: Settings2, group: 'manage', key: 's' },
  { to: '/help', name: 'help', icon: BookOpen, group: 'manage' },
];

/** The pages that a role finds in the menu. */
export const pagesFor = (role: Role | undefined): NavPage[] => PAGES.filter((page) => !page.roles || (role !== undefined && page.roles.includes(role)));
