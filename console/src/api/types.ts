// The API's types by short names.

import type { components } from './generated';

type Schemas = components['schemas'];

export type User = Schemas['User'];
export type Wallet = Schemas['WalletView'];
export type Transaction = Schemas['SeenTransaction'];
export type TransactionStatus = Schemas['TransactionStatus'];
export type TransactionType = Schemas['TransactionType'];
export type TransactionCode = Schemas['TransactionCode'];
export type TimelineEntry = Schemas['TimelineEntry'];
export type Notification = Schemas['Notification'];
export type Session = Schemas['Session'];
export type ApiKey = Schemas['ApiKey'];
export type Preferences = Schemas['Preferences'];
export type Recipient = Schemas['Recipient'];
export type StatementEntry = Schemas['StatementEntry'];
export type NotificationPreferences = Schemas['NotificationPreferences'];
export type NotificationGroups = Schemas['NotificationGroups'];
export type Passkey = Schemas['Passkey'];
