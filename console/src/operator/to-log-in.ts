// The log-in is the wallet's: both have one session.

/** Goes to the log-in, which comes back to this address. */
export function toLogIn(): void {
  const next = location.pathname + location.search;
  location.assign(`/wallet/login?${new URLSearchParams({ next }).toString()}`);
}
