// The Markdown of docs/ as elements: headings, paragraphs, lists, tables, code, links. What it does not know is shown as text; nothing
// becomes HTML.

import { Link } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';

import { anchorOf } from './docs';

export function Markdown({ text }: { text: string }) {
  return <div className="space-y-4 text-sm leading-6">{blocks(text.replace(/<!--.*?-->\n?/gs, '').split('\n'))}</div>;
}

/** In running text a link is told from it by more than its colour. */
const LINK = 'text-brand underline underline-offset-4';

const HEADINGS: Record<number, string> = { 1: 'text-lg font-semibold', 2: 'pt-4 text-base font-semibold', 3: 'pt-2 text-sm font-semibold', 4: 'text-sm font-semibold text-ink-2' };
const ITEM = /^(\s*)([-*]|\d+\.) (.*)$/;

function blocks(lines: readonly string[]): ReactNode[] {
  const found: ReactNode[] = [];
  let at = 0;
  const take = (fits: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && fits(lines[at]!)) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const key = at;
    const heading = /^(#{1,4}) (.+)$/.exec(line);
    if (line.trim() === '') at += 1;
    else if (line.startsWith('```')) {
      at += 1;
      const code = take((one) => !one.startsWith('```'));
      at += 1;
      found.push(<pre key={key} tabIndex={0} className="overflow-x-auto rounded-control bg-sunken p-3 font-mono text-xs leading-5">{code.join('\n')}</pre>);
    } else if (heading) {
      at += 1;
      const level = heading[1]!.length;
      const Tag = `h${level}` as 'h1' | 'h2' | 'h3' | 'h4';
      found.push(<Tag key={key} id={level === 1 ? undefined : anchorOf(heading[2]!)} className={`scroll-mt-20 ${HEADINGS[level]}`}>{inline(heading[2]!)}</Tag>);
    } else if (line.startsWith('|')) found.push(<Table key={key} lines={take((one) => one.startsWith('|'))} />);
    else if (line.startsWith('>')) found.push(<blockquote key={key} className="border-l-2 border-line pl-4 text-ink-2">{blocks(take((one) => one.startsWith('>')).map((one) => one.replace(/^> ?/, '')))}</blockquote>);
    else if (ITEM.test(line)) found.push(<Items key={key} lines={take((one) => ITEM.test(one) || /^\s+\S/.test(one))} />);
    else if (/^(-{3,}|\*{3,})$/.test(line)) (at += 1), found.push(<hr key={key} className="border-line" />);
    else if (/^<\/?[a-z]/i.test(line)) at += 1;
    else found.push(<p key={key}>{inline(take((one) => one.trim() !== '' && !/^(#{1,4} |```|\||>)/.test(one) && !(ITEM.test(one) && one !== line)).join(' '))}</p>);
  }
  return found;
}

function Items({ lines }: { lines: readonly string[] }) {
  const indent = ITEM.exec(lines[0]!)![1]!.length;
  const isNumbered = /^\s*\d/.test(lines[0]!);
  const items: string[][] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item && item[1]!.length <= indent) items.push([item[3]!]);
    else items.at(-1)?.push(line);
  }
  const List = isNumbered ? 'ol' : 'ul';
  return (
    <List className={`space-y-1.5 pl-5 ${isNumbered ? 'list-decimal' : 'list-disc'}`}>
      {items.map(([first = '', ...rest], place) => {
        const nested = rest.findIndex((line) => ITEM.test(line));
        const text = nested < 0 ? rest : rest.slice(0, nested);
        return <li key={place}>{inline([first, ...text.map((line) => line.trim())].join(' '))}{nested >= 0 && <div className="pt-1.5"><Items lines={rest.slice(nested)} /></div>}</li>;
      })}
    </List>
  );
}

const cells = (line: string): string[] => line.replace(/^\||\|\s*$/g, '').split(/(?<!\\)\|/).map((one) => one.trim().replace(/\\\|/g, '|'));

function Table({ lines }: { lines: readonly string[] }) {
  const [head = '', , ...rows] = lines;
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label={cells(head).filter(Boolean).join(', ') || 'table'}>
      <table className="w-full border-collapse text-left">
        <thead><tr className="border-b border-line">{cells(head).map((cell, at) => (cell ? <th key={at} scope="col" className="px-2 py-1.5 align-top text-xs font-medium text-ink-3 first:pl-0">{inline(cell)}</th> : <td key={at} />))}</tr></thead>
        <tbody className="divide-y divide-line">{rows.map((row, at) => <tr key={at}>{cells(row).map((cell, place) => <td key={place} className="min-w-28 px-2 py-1.5 align-top first:pl-0">{inline(cell)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

const INLINE = /(`[^`]+`)|(\*\*[^*]+\*\*)|(\*[^*\s][^*]*\*)|(!?\[[^\]]*\]\([^)\s]+\))/;

/** Code, emphasis and links in a line. */
function inline(text: string): ReactNode {
  const parts = text.split(INLINE).filter((part) => part !== undefined && part !== '');
  return parts.map((part, at) => {
    if (part.startsWith('`')) return <code key={at} className="rounded bg-sunken px-1 font-mono text-xs break-words">{part.slice(1, -1)}</code>;
    if (/^\*\*.+\*\*$/.test(part)) return <strong key={at} className="font-semibold">{inline(part.slice(2, -2))}</strong>;
    if (/^\*[^*].*\*$/.test(part)) return <em key={at}>{inline(part.slice(1, -1))}</em>;
    const link = /^(!?)\[([^\]]*)\]\(([^)\s]+)\)$/.exec(part);
    if (link) return <Fragment key={at}>{linked(link[2]!, link[3]!, link[1] === '!')}</Fragment>;
    return <Fragment key={at}>{part}</Fragment>;
  });
}

function linked(name: string, target: string, isPicture: boolean): ReactNode {
  if (isPicture) return name;
  const page = /^(?:\.\/|docs\/)?([a-z0-9-]+)\.md(?:#(.*))?$/.exec(target);
  if (page) return <Link to={`/help/${page[1]}` as '/'} {...(page[2] && { hash: page[2] })} className={LINK}>{inline(name)}</Link>;
  if (target.startsWith('#')) return <a href={target} className={LINK}>{inline(name)}</a>;
  if (/^https?:\/\//.test(target)) return <a href={target} target="_blank" rel="noreferrer" className={LINK}>{inline(name)}</a>;
  return inline(name);
}
