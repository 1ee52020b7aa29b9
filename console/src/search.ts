// What the address of a page says beside its path. Parameters are text: "12.50" never becomes a number.

/** How the routers of both apps read and write it. */
export const searchText = {
  parseSearch: (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search: Record<string, unknown>): string => {
    const text = new URLSearchParams(Object.entries(search).filter((pair): pair is [string, string] => typeof pair[1] === 'string')).toString();
    return text ? `?${text}` : '';
  },
};
