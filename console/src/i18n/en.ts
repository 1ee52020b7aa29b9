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
    secondFactor: 'Set up a second factor', secondFactorText: 'Your role reaches other people’s money, so a password is not enough. Set up an authenticator app or a passkey; it takes a minute, and you come back here.', setUp: 'Set it up',
  },
  session: {
    ended: 'You were logged out. Log in to go on.', password: 'Password', nameHint: 'People who pay you see it.', passwordHint: 'At least 12 characters. Four unrelated words are a good password.', show: 'Show', hide: 'Hide', or: 'or', usePasskey: 'Use your passkey', passkeyFailed: 'The passkey was not used.', code: 'Code',
  },
  verify: { title: 'Confirm your e-mail', text: (email: string) => `Open the link that we sent to ${email}. Until then nobody can send you money.`, onDemo: (folder: string) => `This is a demo: the mail is the newest file in ${folder}.`, again: 'Send again', sent: 'Another link is on its way', checked: 'I have confirmed it' },
  home: {
    available: 'Available', held: 'Held', total: 'Total', heldText: 'Held money is reserved for payments that are not finished. It comes back, or leaves, when they are.',
    explain: 'What do these mean?', availableText: 'What you can spend or send now.', totalText: 'Available and held together.', wallets: 'Wallets', recent: 'Recent activity', hide: 'Hide balances', statement: 'Statement', show: 'Show balances',
    add: 'Add money', withdraw: 'Withdraw', send: 'Send', newWallet: 'New wallet', frozen: 'Frozen', closed: 'Closed',
    emptyTitle: 'Open your first wallet', emptyText: 'A wallet holds money in one currency. You can open others later.',
    noActivity: 'Nothing has happened yet', noActivityText: 'Add money to begin. You will see it here within seconds.',
  },
  money: { amount: 'Amount', from: 'From', to: 'To', wallet: 'Wallet', left: (amount: string) => `${amount} available`, after: (amount: string) => `${amount} left afterwards`, tooMuch: (amount: string) => `You have ${amount} available`, enter: 'Enter an amount above zero', hidden: 'Hidden' },
  activity: {
    type: 'Type', yourCode: 'Waits for your code', newer: (count: number) => `${count} new`,
    types: { transfer: 'Transfer', deposit: 'Deposit', withdrawal: 'Withdrawal', payment: 'Payment', refund: 'Refund' },
    with: { to: (name: string) => `To ${name}`, sentTo: (name: string) => `Sent to ${name}`, from: (name: string) => `From ${name}`, paidTo: (name: string) => `Paid to ${name}`, paymentFrom: (name: string) => `Payment from ${name}`, refundFrom: (name: string) => `Refund from ${name}`, refundTo: (name: string) => `Refund to ${name}` },
    sent: 'Transfer sent', received: 'Transfer received', between: 'Between your wallets', paid: 'Payment', gotPaid: 'Payment received', deposited: 'Money added', withdrawn: 'Withdrawal', refundIn: 'Refund received', refundOut: 'Refund given',
  },
  status: { requires_verification: 'Waits for a code', in_review: 'In review', authorised: 'Authorised', processing: 'In progress', unresolved: 'Being checked', completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled', expired: 'Expired', reversed: 'Reversed' },
  crash: { title: 'Something went wrong on this page', text: 'Your money is safe: nothing was sent by this. Reload to go on.', reload: 'Reload', notFound: 'This page does not exist', notFoundText: 'The link may be old.', home: 'Go home' },
};

export type Messages = typeof en;
