// The texts of the inbox.

import { part } from '../../i18n/language';

const en = { title: 'Notifications', readAll: 'Mark all read', all: 'All', unread: 'Unread', empty: 'Nothing yet', emptyText: 'Payments to you and changes of your account appear here.', noUnread: 'You have read everything', noUnreadText: 'New ones appear here by themselves.', isUnread: 'Unread' };

const de: typeof en = { title: 'Mitteilungen', readAll: 'Alle gelesen', all: 'Alle', unread: 'Ungelesen', empty: 'Noch nichts', emptyText: 'Zahlungen an Sie und Änderungen Ihres Kontos erscheinen hier.', noUnread: 'Sie haben alles gelesen', noUnreadText: 'Neues erscheint hier von selbst.', isUnread: 'Ungelesen' };

export const useInboxText = part(en, de);
