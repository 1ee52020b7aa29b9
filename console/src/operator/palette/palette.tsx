// The palette: pages, things by their id, people by their e-mail, and what can be done, from one field.

import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { BellRing, BookOpen, CornerDownLeft, FolderSearch, Inbox, History, Keyboard, Link as LinkIcon, ListChecks, LogOut, Map as MapIcon, Moon, PenLine, Plus, ReceiptText, Rows3, Rows4, Search, Send, ServerCog, Sun, SunMoon, UserRound, WalletCards, Webhook } from 'lucide-react';
import { type ComponentType, useEffect, useId, useMemo, useRef, useState } from 'react';

import { api, ask } from '../../api/client';
import { meQuery, peopleQuery } from '../../api/queries';
import { copyText } from '../../design/copy';
import { toastDone, toastProblem, toastText } from '../../design/toast';
import { useText } from '../../i18n/language';
import { setTheme, type Theme } from '../../theme';
import { MAY } from '../manage/roles';
import { pagesFor } from '../nav';
import { setSettings } from '../settings';
import { useCommon } from '../text/common';
import { usePaletteText } from '../text/palette';
import { toLogIn } from '../to-log-in';
import { openTour } from '../tour/progress';
import { matches, placeOf, type Prefix } from './commands';
import { Sheet } from './sheet';

interface Command {
  id: string;
  group: 'found' | 'pages' | 'actions' | 'help';
  name: string;
  detail?: string;
  icon: ComponentType<{ className?: string }>;
  run: () => unknown;
}

const AFTER_MS = 120;
const ICONS: Record<Prefix, Command['icon']> = { txn: ReceiptText, wal: WalletCards, usr: UserRound, whk: Webhook, whd: Send, dlt: Inbox, lst: ListChecks, case: FolderSearch, alt: BellRing };

export default function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const text = usePaletteText();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const commands = useCommands(typed.trim(), onShortcuts);
  useEffect(() => setAt(0), [typed]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const chosen = Math.min(at, commands.length - 1);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  return (
    <Sheet title={text.title} onClose={onClose} className="mt-[10vh] sm:max-w-xl">
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Search className="size-5 shrink-0 text-ink-3" aria-hidden="true" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={commands.length > 0 ? `${id}-${chosen}` : undefined}
          aria-autocomplete="list"
          aria-label={text.title}
          placeholder={text.placeholder}
          value={typed}
          maxLength={200}
          autoFocus
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step && commands.length > 0) {
              event.preventDefault();
              setAt((chosen + step + commands.length) % commands.length);
            } else if (event.key === 'Enter') {
              event.preventDefault();
              run(commands[chosen]);
            }
          }}
          className="h-13 w-full bg-transparent text-base outline-none placeholder:text-ink-3"
        />
      </div>
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={text.title} className="max-h-[min(52vh,420px)] overflow-y-auto p-2">
        {[...new Set(commands.map((command) => command.group))].map((group) => {
          const ofGroup = commands.map((command, place) => ({ command, place })).filter(({ command }) => command.group === group);
          if (ofGroup.length === 0) return null;
          return (
            <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
              <p id={`${id}-${group}`} className="px-2.5 pt-2 pb-1 text-xs font-medium text-ink-3">{text[group]}</p>
              {ofGroup.map(({ command, place }) => (
                <div
                  key={command.id}
                  id={`${id}-${place}`}
                  role="option"
                  aria-selected={place === chosen}
                  onClick={() => run(command)}
                  onPointerMove={() => setAt(place)}
                  className="flex min-h-10 cursor-pointer items-center gap-3 rounded-control px-2.5 py-1.5 text-sm aria-selected:bg-brand-tint aria-selected:text-brand"
                >
                  <command.icon className="size-4 shrink-0" aria-hidden="true" />
                  <bdi className="min-w-0 truncate font-medium">{command.name}</bdi>
                  {command.detail && <bdi className="min-w-0 flex-1 truncate text-ink-2">{command.detail}</bdi>}
                  {place === chosen && <CornerDownLeft className="ml-auto size-3.5 shrink-0" aria-hidden="true" />}
                </div>
              ))}
            </div>
          );
        })}
        {commands.length === 0 && <p className="px-3 py-8 text-center text-sm text-ink-2" role="status">{text.nothing}</p>}
      </div>
      <p className="border-t border-line px-4 py-2 text-xs text-ink-3">{text.hint}</p>
    </Sheet>
  );
}

/** What fits to what is typed, the likeliest first. */
function useCommands(typed: string, onShortcuts: () => void): Command[] {
  const text = usePaletteText();
  const common = useCommon();
  const t = useText();
  const navigate = useNavigate();
  const { data: me } = useQuery(meQuery);
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed), AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const isPerson = asked.length >= 2 && !placeOf(asked) && /[a-z@]/i.test(asked) && !asked.includes(':');
  const { data: people } = useQuery({ ...peopleQuery(asked.replace(/^@/, '')), enabled: isPerson });
  return useMemo(() => {
    const go = (to: string, search: Record<string, string> = {}) => () => void navigate({ to: to as '/', search: search as never });
    const found: Command[] = [];
    const place = placeOf(typed);
    if (place) {
      const names: Record<Prefix, (id: string) => string> = { txn: text.payment, wal: text.wallet, usr: text.person, whk: text.endpoint, whd: text.delivery, dlt: text.deadLetter, lst: text.list, case: text.case, alt: text.alert };
      found.push({ id: place.id, group: 'found', name: names[place.prefix](place.id), icon: ICONS[place.prefix], run: go(place.to) });
    }
    if (isPerson && people) for (const { user } of people) found.push({ id: user.id, group: 'found', name: user.name, detail: user.email, icon: UserRound, run: go(`/customers/${user.id}`) });
    if (typed && !place) {
      found.push({ id: 'payments', group: 'found', name: text.searchPayments(typed), icon: ReceiptText, run: go('/payments', { q: typed }) });
      found.push({ id: 'customers', group: 'found', name: text.searchCustomers(typed), icon: UserRound, run: go('/customers', { q: typed.replace(/^@/, '') }) });
    }
    const pages: Command[] = pagesFor(me?.role).map((page) => ({ id: page.to, group: 'pages', name: common.pages[page.name], icon: page.icon, run: go(page.to) }));
    if (MAY.rulesWrite.roles.includes(me?.role ?? 'user')) pages.push({ id: 'new-rule', group: 'pages', name: text.newRule, icon: Plus, run: go('/rules/new-rule') });
    pages.push({ id: 'draft', group: 'pages', name: text.draft, icon: PenLine, run: go('/rules/current-draft') }, { id: 'versions', group: 'pages', name: text.versions, icon: History, run: go('/rules/all-versions') });
    if (MAY.config.roles.includes(me?.role ?? 'user')) pages.push({ id: 'config', group: 'pages', name: text.config, icon: ServerCog, run: go('/settings', { tab: 'system' }) });
    const theme = (name: Theme, icon: Command['icon']): Command => ({ id: `theme-${name}`, group: 'actions', name: text[name], icon, run: () => setTheme(name) });
    const actions: Command[] = [
      theme('light', Sun),
      theme('dark', Moon),
      theme('system', SunMoon),
      { id: 'compact', group: 'actions', name: text.compact, icon: Rows4, run: () => setSettings({ density: 'compact' }) },
      { id: 'comfortable', group: 'actions', name: text.comfortable, icon: Rows3, run: () => setSettings({ density: 'comfortable' }) },
      { id: 'shortcuts', group: 'actions', name: text.shortcuts, icon: Keyboard, run: onShortcuts },
      { id: 'tour', group: 'actions', name: text.tour, icon: MapIcon, run: openTour },
      { id: 'link', group: 'actions', name: text.copyLink, icon: LinkIcon, run: () => void copyText(location.href).then((done) => (done ? toastDone(t.act.copied) : toastText(t.act.notCopied))) },
      { id: 'out', group: 'actions', name: common.logOut, icon: LogOut, run: () => void ask(api.POST('/api/v1/auth/logout', { body: {} })).then(toLogIn, toastProblem) },
    ];
    const help: Command[] = typed ? [{ id: 'help', group: 'help', name: text.searchHelp(typed), icon: BookOpen, run: go('/help', { q: typed }) }] : [];
    const fitting = [...pages, ...actions].filter((command) => typed === '' || matches(command.name, typed));
    // A page that is meant comes before a search for its name.
    const isExact = fitting.some((command) => command.group === 'pages');
    const all = isExact ? [...fitting, ...found] : [...found, ...fitting];
    const order = isExact ? ['pages', 'found', 'actions', 'help'] : ['found', 'pages', 'actions', 'help'];
    return [...all, ...help].toSorted((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
  }, [typed, people, isPerson, me, text, common, t, navigate, onShortcuts]);
}
