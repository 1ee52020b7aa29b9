// Those who run PayFlow: they work in the console, and have no wallet of their own.

const STAFF = ['operator', 'auditor', 'admin'];

export const isStaff = (role: string): boolean => STAFF.includes(role);

/** The pages of the wallet app that staff use as well: none of them is about a wallet. */
export const isForStaff = (path: string): boolean => /\/(account(\/(notifications|security|data))?|notifications)$/.test(path);

/** The page of the console that somebody came from; nothing for any other address. */
export const backToConsole = (back: string | undefined): string | undefined => (back && /^\/console(?=[/?]|$)/.test(back) ? back : undefined);
