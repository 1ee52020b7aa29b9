// Every text of the wallet, in English. Other languages have the same shape.

export const en = {
  language: 'English',
  brand: 'PayFlow',
  nav: { home: 'Home', send: 'Send', activity: 'Activity', me: 'Account', notifications: 'Notifications', skip: 'Skip to content', logOut: 'Log out', apiDocs: 'API docs', console: 'Console' },
  act: {
    cancel: 'Cancel', continue: 'Continue', back: 'Back', save: 'Save', saved: 'Saved', close: 'Close', retry: 'Try again', copy: 'Copy', copied: 'Copied',
    notCopied: 'Your browser did not allow copying', more: 'Show more', seeAll: 'See all', clear: 'Clear filters', change: 'Change', remove: 'Remove', done: 'Done', add: 'Add',
  },
  state: {
    loading: 'Loading', failed: 'This could not be loaded', unreachable: 'PayFlow cannot be reached. Check your connection.', request: 'Request',
    forbidden: 'You may not see this', forbiddenBy: (role: string) => `Your role, ${role}, does not include it. An administrator can change that.`,
    stale: (time: string) => `Not up to date: as of ${time}`, nothingFound: 'Nothing matches these filters',
  },
  session: {
    ended: 'You were logged out. Log in to go on.',
    logIn: 'Log in', logInTitle: 'Welcome back', email: 'E-mail', password: 'Password', forgot: 'Forgot your password?', noAccount: 'New here?', signUp: 'Create an account',
    signUpTitle: 'Create your account', name: 'Your name', nameHint: 'People who pay you see it.', passwordHint: 'At least 12 characters. Four unrelated words are a good password.', hasAccount: 'Already have an account?',
    show: 'Show', hide: 'Hide', or: 'or', passkey: 'Use a passkey', passkeyFailed: 'The passkey was not used.', with: (provider: string) => `Continue with ${provider}`,
    codeTitle: 'One more step', codeText: 'Enter the six digits of your authenticator app, or a recovery code.', code: 'Code', verify: 'Verify', otherAccount: 'Use another account',
    forgotTitle: 'Reset your password', forgotText: 'We send you a link if an account has this address.', sendLink: 'Send the link',
    sentTitle: 'Check your mail', sentText: (email: string) => `If ${email} has an account, a link is on its way. It works once, for a while.`, backToLogIn: 'Back to log in',
    checkMail: (email: string) => `We sent a link to ${email}. Open it to finish.`,
    tagline: 'Money that is where it says it is.',
    taglineText: 'Every movement is written down twice and checked, so that what you see here is what there is.',
  },
  verify: { title: 'Confirm your e-mail', text: (email: string) => `Open the link that we sent to ${email}. Until then nobody can send you money.`, again: 'Send again', sent: 'Another link is on its way', checked: 'I have confirmed it' },
  home: {
    available: 'Available', held: 'Held', total: 'Total', heldText: 'Held money is reserved for payments that are not finished. It comes back, or leaves, when they are.',
    explain: 'What do these mean?', availableText: 'What you can spend or send now.', totalText: 'Available and held together.', wallets: 'Wallets', recent: 'Recent activity', hide: 'Hide balances', show: 'Show balances',
    add: 'Add money', withdraw: 'Withdraw', send: 'Send', newWallet: 'New wallet', frozen: 'Frozen', closed: 'Closed',
    frozenText: 'This wallet is frozen: money can neither come in nor leave. Ask support why.',
    emptyTitle: 'Open your first wallet', emptyText: 'A wallet holds money in one currency. You can open others later.', currency: 'Currency', open: 'Open wallet', opened: (currency: string) => `Your ${currency} wallet is open`,
    otherCurrency: 'Another currency', label: 'Label (optional)', labelHint: 'For example: Travel', noActivity: 'Nothing has happened yet', noActivityText: 'Add money to begin. You will see it here within seconds.',
  },
  money: { amount: 'Amount', from: 'From', to: 'To', wallet: 'Wallet', left: (amount: string) => `${amount} available`, after: (amount: string) => `${amount} left afterwards`, tooMuch: (amount: string) => `You have ${amount} available`, enter: 'Enter an amount above zero', hidden: 'Hidden' },
  send: {
    title: 'Send money', who: 'Who is it for?', email: 'E-mail of the recipient', example: 'name@example.com', find: 'Continue', recent: 'Recent', notFound: 'Nobody can receive this currency at that address. Check the spelling, or ask them to open a wallet.',
    own: 'That is you. Choose somebody else.', howMuch: 'How much?', note: 'Note (optional)', noteHint: 'They will see it.', review: 'Review', reviewTitle: 'Check and send', recipient: 'Recipient', youSend: 'You send', fee: 'Fee', noFee: 'None', theyGet: 'They receive', afterwards: 'You keep',
    arrives: 'Arrives', atOnce: 'Within a second', final: 'A transfer cannot be taken back once it is sent.', confirm: (amount: string) => `Send ${amount}`, sending: 'Sending', doneTitle: (name: string) => `Sent to ${name}`, doneText: 'The money has arrived. They were told.', another: 'Send again', receipt: 'See receipt',
    uncertainTitle: 'We do not know yet', uncertainText: 'No answer came. Trying again is safe: it is sent once, whatever happened.', failedTitle: 'Not sent', failedText: 'No money left your wallet.', pendingTitle: 'On its way', pendingText: 'This is not finished. You will be told when it is.', step: (at: number, of: number) => `Step ${at} of ${of}`,
    needWallet: 'You need a wallet first', needWalletText: 'Open one on the home page, then come back.',
  },
  add: {
    title: 'Add money', method: 'Paid from', how: 'Test cards', hint: 'This is the built-in test acquirer. No real card is charged.', ok: 'Visa ending 4242', okText: 'Accepted at once', declined: 'Visa ending 0002', declinedText: 'Declined by the bank', funds: 'Mastercard ending 9995', fundsText: 'Not enough on the card', late: 'Visa ending 3220', lateText: 'Accepted after a few seconds', timeout: 'Visa ending 0119', timeoutText: 'The bank does not answer',
    own: 'Another token', ownLabel: 'Token of your acquirer', confirm: (amount: string) => `Add ${amount}`, doneTitle: (amount: string) => `${amount} added`, doneText: 'It is in your wallet.', failedTitle: 'The card was not charged', pendingTitle: 'The bank is deciding', pendingText: 'You will be told when the money is there. There is nothing to do.',
    unresolvedTitle: 'The bank has not answered', unresolvedText: 'We are finding out what happened. Do not pay again: you will be told.', again: 'Try another card',
  },
  withdraw: { title: 'Withdraw', to: 'Paid out to', bank: 'Bank account ending 6789', bankText: 'Accepted at once', late: 'Bank account ending 3220', lateText: 'Accepted after a few seconds', refused: 'Bank account ending 0002', refusedText: 'Refused by the bank', confirm: (amount: string) => `Withdraw ${amount}`, doneTitle: (amount: string) => `${amount} paid out`, doneText: 'The bank has accepted it.', failedTitle: 'Not paid out', failedText: 'The money is back in your wallet.', pendingText: 'The amount is held until the bank answers.' },
  activity: {
    title: 'Activity', search: 'Search notes and ids', all: 'All', type: 'Type', status: 'Status', currency: 'Currency', empty: 'No activity yet', emptyText: 'Payments, deposits and withdrawals appear here.', filtered: 'No payments match',
    filteredText: 'Try fewer filters or another word.', newer: (count: number) => `${count} new`,
    types: { transfer: 'Transfer', deposit: 'Deposit', withdrawal: 'Withdrawal', payment: 'Payment', refund: 'Refund' },
    sent: 'Transfer sent', received: 'Transfer received', between: 'Between your wallets', paid: 'Payment', gotPaid: 'Payment received', deposited: 'Money added', withdrawn: 'Withdrawal', refundIn: 'Refund received', refundOut: 'Refund given',
  },
  status: { requires_verification: 'Waiting for you', in_review: 'In review', authorised: 'Authorised', processing: 'In progress', unresolved: 'Being checked', completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled', expired: 'Expired', reversed: 'Reversed' },
  receipt: { title: 'Receipt', when: 'Date', id: 'Reference', note: 'Note', captured: 'Captured', refunded: 'Refunded', original: 'Refund of', method: 'Method', fee: 'Fee', history: 'What happened', reason: 'Reason', print: 'Print', nobody: 'There is no such payment', nobodyText: 'It may belong to another account.', by: { acquirer: 'Bank', system: 'PayFlow', you: 'You', other: 'Other party' }, created: 'Created' },
  inbox: { title: 'Notifications', readAll: 'Mark all read', all: 'All', unread: 'Unread', empty: 'Nothing yet', emptyText: 'Payments to you and changes of your account appear here.', noUnread: 'You have read everything', noUnreadText: 'New ones appear here by themselves.', isUnread: 'Unread' },
  me: {
    title: 'Account', profile: 'Profile', security: 'Security', preferences: 'Preferences', keys: 'API keys', name: 'Name', email: 'E-mail', verified: 'Confirmed', unverified: 'Not confirmed', since: (date: string) => `Member since ${date}`,
    theme: 'Theme', themes: { system: 'System', light: 'Light', dark: 'Dark' }, language: 'Language', notifications: 'Notifications', notificationsText: 'Tell me about payments and changes of my account.',
    password: 'Password', passwordText: 'Changing it logs out your other devices.', changePassword: 'Change password', currentPassword: 'Current password', newPassword: 'New password', passwordChanged: 'Your password is changed',
    totp: 'Authenticator app', totpOn: 'On. Your codes are asked for when you log in.', totpOff: 'A code from your phone in addition to your password.', turnOn: 'Set up', turnOff: 'Turn off', totpTitle: 'Set up an authenticator app', totpScan: 'Scan this with your app, or open it on this device.', totpOpen: 'Open in app', totpSecret: 'Or type this key', totpCode: 'Then enter the six digits it shows', totpDone: 'Save your recovery codes', totpDoneText: 'Each works once, if you lose your phone. They are not shown again.', copyCodes: 'Copy all', recoveryLeft: (count: number) => `${count} recovery codes left`, removed: 'The authenticator app is removed',
    verifyFirst: 'Confirm your e-mail first.',
    sessions: 'Devices', thisDevice: 'This device', lastUsed: (time: string) => `Last used ${time}`, endSession: 'Log out', endOthers: 'Log out everywhere', ended: 'Logged out', unknownDevice: 'Unknown device',
    keysText: 'For programs that act for you.', newKey: 'New key', keyName: 'What is it for?', scopes: 'It may', scope: { 'wallets:own': 'See and open your wallets', 'transactions:own': 'See and make payments', 'notifications:own': 'Read your notifications' }, makeKey: 'Create key', keyMade: 'Copy your key now', keyMadeText: 'It is not shown again.', neverUsed: 'Never used', deleteKey: 'Delete', keyDeleted: 'The key is deleted', noKeys: 'No keys',
    close: 'Close account', closeText: 'Withdraw what is left first. What the law asks us to keep stays; your name and e-mail are removed.', closeConfirm: 'Close my account', closeTitle: 'Close your account?', closeWarning: 'This cannot be undone.', closed: 'Your account is closed',
  },
  stepUp: { title: 'Confirm that it is you', password: 'Enter your password to go on.', code: 'Enter a code of your authenticator app to go on.', confirm: 'Confirm' },
  crash: { title: 'Something went wrong on this page', text: 'Your money is safe: nothing was sent by this. Reload to go on.', reload: 'Reload', notFound: 'This page does not exist', notFoundText: 'The link may be old.', home: 'Go home' },
};

export type Messages = typeof en;
