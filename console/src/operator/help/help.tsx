// The help centre: the documentation of this version, searched without asking anybody.

import { useQuery } from '@tanstack/react-query';
import { Link, useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { FileText } from 'lucide-react';
import { Fragment, lazy, type ReactNode, Suspense, useEffect, useMemo } from 'react';

import { chunk } from '../../chunk';
import { Card } from '../../design/card';
import { Message, NothingFound, View } from '../../design/states';
import { Back, LINK, PageHead, Section } from '../parts/page';
import { SearchField } from '../parts/search-field';
import { usePaletteText } from '../text/palette';
import { anchorOf, type Doc, loadDocs, passagesOf, plain, searchDocs } from './docs';
import { Markdown } from './markdown';

const TourOffer = lazy(() => chunk(() => import('../tour/offer')));
const docsQuery = { queryKey: ['help'], queryFn: loadDocs, staleTime: Infinity };

export function Help() {
  const text = usePaletteText();
  const navigate = useNavigate({ from: '/help' });
  const { q = '' } = useSearch({ from: '/help' });
  const asked = useQuery(docsQuery);
  return (
    <>
      <PageHead title={text.helpTitle} text={text.helpAbout} />
      <div className="mb-5"><SearchField label={text.searchHelpField} value={q} onChange={(next) => void navigate({ search: next ? { q: next } : {}, replace: true })} /></div>
      {!q && <Suspense><TourOffer className="mb-5" /></Suspense>}
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />}>{(docs) => (q ? <Results docs={docs} q={q} onClear={() => void navigate({ search: {}, replace: true })} /> : <Pages docs={docs} />)}</View>
    </>
  );
}

function Pages({ docs }: { docs: readonly Doc[] }) {
  const text = usePaletteText();
  return (
    <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
      {docs.map((doc) => (
        <li key={doc.name} className="relative">
          <Card className="h-full p-5 hover:border-control has-focus-visible:outline-2 has-focus-visible:outline-focus">
            <FileText className="mb-3 size-5 text-ink-3" aria-hidden="true" />
            <Link to={`/help/${doc.name}` as '/'} className="font-medium outline-none after:absolute after:inset-0">{text.names[doc.name as keyof typeof text.names] ?? doc.title}</Link>
            <p className="mt-1 line-clamp-2 text-sm text-ink-2">{plain(doc.text.split('\n\n').find((part) => /^[A-Z`]/.test(part)) ?? '').replace(/\s+/g, ' ')}</p>
          </Card>
        </li>
      ))}
    </ul>
  );
}

function Results({ docs, q, onClear }: { docs: readonly Doc[]; q: string; onClear: () => void }) {
  const text = usePaletteText();
  const passages = useMemo(() => docs.flatMap(passagesOf), [docs]);
  const hits = useMemo(() => searchDocs(passages, q), [passages, q]);
  if (hits.length === 0) return <Card><NothingFound title={text.noResults} text={text.noResultsText} onClear={onClear} /></Card>;
  return (
    <Section flush title={text.results(hits.length)}>
      <ol className="divide-y divide-line">
        {hits.map((hit) => (
          <li key={`${hit.doc} ${hit.anchor}`} className="px-5 py-3.5">
            <Link to={`/help/${hit.doc}` as '/'} {...(hit.anchor && { hash: hit.anchor })} className={`text-sm font-medium ${LINK}`}>{hit.heading}</Link>
            {hit.heading !== hit.title && <span className="ml-2 text-xs text-ink-3">{hit.title}</span>}
            <p className="mt-0.5 text-sm text-ink-2">{marked(hit.excerpt, q)}</p>
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** A text in which what was searched for is marked. */
function marked(text: string, q: string): ReactNode {
  const terms = (q.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (terms.length === 0) return text;
  const parts = text.split(new RegExp(`(?<![\\p{L}\\p{N}_])(${terms.join('|')})`, 'iu'));
  return parts.map((part, at) => (at % 2 === 1 ? <mark key={at} className="rounded-sm bg-warning-tint text-ink">{part}</mark> : <Fragment key={at}>{part}</Fragment>));
}

export function HelpPage() {
  const text = usePaletteText();
  const { page } = useParams({ from: '/help/$page' });
  const asked = useQuery(docsQuery);
  return (
    <>
      <Back to="/help">{text.back}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />}>
        {(docs) => {
          const doc = docs.find((one) => one.name === page);
          return doc ? <Shown doc={doc} /> : <Message isPage title={text.noPage} />;
        }}
      </View>
    </>
  );
}

function Shown({ doc }: { doc: Doc }) {
  const text = usePaletteText();
  const { hash } = useLocation();
  const headings = useMemo(() => passagesOf(doc).filter((passage) => passage.anchor), [doc]);
  useEffect(() => {
    document.title = `${doc.title} · PayFlow`;
    if (hash) document.getElementById(anchorOf(hash) || hash)?.scrollIntoView();
  }, [doc, hash]);
  return (
    <div className="grid gap-8 xl:grid-cols-[minmax(0,1fr)_240px]">
      <Card className="min-w-0 p-5 sm:p-8"><article className="mx-auto max-w-[76ch]"><Markdown text={doc.text} /></article></Card>
      <nav aria-label={text.onThisPage} className="max-xl:hidden">
        <div className="sticky top-8">
          <p className="mb-2 text-xs font-medium text-ink-3">{text.onThisPage}</p>
          <ul className="space-y-1.5 text-sm">{headings.map((one) => <li key={one.anchor}><a href={`#${one.anchor}`} className="text-ink-2 hover:text-ink hover:underline">{one.heading}</a></li>)}</ul>
        </div>
      </nav>
    </div>
  );
}
