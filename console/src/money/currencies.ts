// How many decimals a currency has, by ISO 4217, as `libs/money` says it; a test compares them. `Intl` is not asked: it goes by what
// is in use (no fils of the Iraqi dinar), and an amount of the API has them all.

const DECIMALS: readonly (readonly [number, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

/** The decimals of a currency by its code; 2 where nothing else is known. */
export function currencyDecimals(code: string): number {
  return DECIMALS.find(([, codes]) => codes.includes(code))?.[0] ?? 2;
}
