// What each role may do. Pure.

import type { User } from '../../api/types';

type Role = User['role'];
type What = 'own' | 'money' | 'payments' | 'handle' | 'freeze' | 'queues' | 'manageQueues' | 'webhooks' | 'rules' | 'rulesWrite' | 'rulesPublish' | 'cases' | 'casesWork' | 'alerts' | 'alertsManage' | 'audit' | 'users' | 'organisations' | 'config' | 'ledger';

/** All roles, from those who may least. */
export const ROLES: readonly Role[] = ['user', 'merchant', 'operator', 'auditor', 'admin'];
/** Who may do what, in the words of the table in `libs/contracts`; a test compares them. */
export const MAY: Record<What, { permission: string; roles: readonly Role[] }> = {
  own: { permission: 'Profile', roles: ROLES },
  money: { permission: 'WalletsOwn', roles: ['user', 'merchant', 'admin'] },
  payments: { permission: 'TransactionsReadAll', roles: ['operator', 'auditor', 'admin'] },
  handle: { permission: 'TransactionsResolve', roles: ['operator', 'admin'] },
  freeze: { permission: 'WalletsFreeze', roles: ['operator', 'admin'] },
  queues: { permission: 'QueuesRead', roles: ['operator', 'auditor', 'admin'] },
  manageQueues: { permission: 'QueuesManage', roles: ['operator', 'admin'] },
  webhooks: { permission: 'WebhooksManage', roles: ['operator', 'admin'] },
  rules: { permission: 'RulesRead', roles: ['operator', 'auditor', 'admin'] },
  rulesWrite: { permission: 'RulesWrite', roles: ['operator', 'admin'] },
  rulesPublish: { permission: 'RulesPublish', roles: ['admin'] },
  cases: { permission: 'CasesRead', roles: ['operator', 'auditor', 'admin'] },
  casesWork: { permission: 'CasesWork', roles: ['operator', 'admin'] },
  alerts: { permission: 'AlertsRead', roles: ['operator', 'auditor', 'admin'] },
  alertsManage: { permission: 'AlertsManage', roles: ['operator', 'admin'] },
  audit: { permission: 'AuditRead', roles: ['auditor', 'admin'] },
  users: { permission: 'UsersManage', roles: ['admin'] },
  organisations: { permission: 'OrganisationsManage', roles: ['admin'] },
  config: { permission: 'SystemConfig', roles: ['admin'] },
  ledger: { permission: 'Ledger', roles: ['admin'] },
};
