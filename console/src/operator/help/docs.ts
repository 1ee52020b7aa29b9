// The pages of docs/, taken in when the console is built: each is a part of its own that is loaded when help is opened. And the
// search over them, which asks nobody.

const FILES = import.meta.glob<string>('../../../../docs/*.md', { query: '?raw', import: 'default' });

/** The pages by name, in the order of the help centre. */
const ORDER = ['console', 'walkthroughs', 'risk', 'rules', 'screening', 'security', 'reliability', 'events', 'webhooks', 'notifications', 'identity', 'acquirer', 'backup', 'postgres', 'benchmarks'];

export interface Doc {
  name: string;
  title: string;
  text: string;
}

let loaded: Promise<Doc[]> | undefined;

/** All pages. */
export function loadDocs(): Promise<Doc[]> {
  loaded ??= Promise.all(
    Object.entries(FILES).map(async ([path, load]) => {
      const text = await load();
      const name = path.replace(/^.*\/|\.md$/g, '');
      return { name, title: /^# (.+)$/m.exec(text)?.[1] ?? name, text };
    }),
  ).then((docs) => docs.toSorted((a, b) => place(a.name) - place(b.name)));
  return loaded;
}

const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

/** What a heading is called in an address. */
export const anchorOf = (heading: string): string => plain(heading).toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s+/g, '-');

/** Text without the marks of Markdown. */
export const plain = (text: string): string => text.replace(/<!--.*?-->/gs, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '').replace(/^\s*(\||[-+>]\s)/gm, '');

/** A heading with what stands under it. */
export interface Passage {
  doc: string;
  title: string;
  heading: string;
  anchor: string;
  body: string;
}

/** A page in passages. Code is part of them. */
export function passagesOf({ name, title, text }: Doc): Passage[] {
  const passages: Passage[] = [];
  let isCode = false;
  let heading = title;
  let lines: string[] = [];
  const end = () => {
    const body = plain(lines.join('\n')).trim();
    if (body || heading !== title) passages.push({ doc: name, title, heading: plain(heading), anchor: heading === title ? '' : anchorOf(heading), body });
    lines = [];
  };
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode;
    const found = isCode ? null : /^(#{1,4}) (.+)$/.exec(line);
    if (found) {
      end();
      heading = found[1] === '#' ? title : found[2]!;
    } else if (!line.startsWith('```')) lines.push(line);
  }
  end();
  return passages;
}

export interface Hit extends Passage {
  score: number;
  /** The part of the body around the first word that was found. */
  excerpt: string;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

/** The passages in which all words of a search begin a word, the best first. */
export function searchDocs(passages: readonly Passage[], typed: string, most = 20): Hit[] {
  const terms = [...new Set(wordsOf(typed))];
  if (terms.length === 0) return [];
  const hits: Hit[] = [];
  for (const passage of passages) {
    const [head, body] = [wordsOf(`${passage.title} ${passage.heading}`), wordsOf(passage.body)];
    let score = 0;
    const isThere = terms.every((term) => {
      const inHead = head.filter((word) => word.startsWith(term)).length;
      const inBody = body.filter((word) => word.startsWith(term)).length;
      const exact = body.includes(term) || head.includes(term) ? 1 : 0;
      score += inHead * 6 + Math.min(inBody, 5) + exact;
      return inHead + inBody > 0;
    });
    // A long passage has every word: what is said in few words is nearer.
    if (isThere) hits.push({ ...passage, score: score / Math.log10(60 + body.length), excerpt: excerptOf(passage.body, terms) });
  }
  return hits.toSorted((a, b) => b.score - a.score).slice(0, most);
}

function excerptOf(body: string, terms: readonly string[]): string {
  const text = body.replace(/\s+/g, ' ');
  const places = terms.map((term) => text.toLowerCase().search(new RegExp(`(?<![\\p{L}\\p{N}_])${term}`, 'u'))).filter((at) => at >= 0);
  const from = Math.max(Math.min(...(places.length > 0 ? places : [0])) - 60, 0);
  const start = from > 0 ? text.indexOf(' ', from) + 1 : 0;
  return `${start > 0 ? '… ' : ''}${text.slice(start, start + 200)}${text.length > start + 200 ? ' …' : ''}`;
}
