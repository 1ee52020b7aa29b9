// How the parts of the node are, and whether the ledger balances.

import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CirclePause, CircleX, TriangleAlert } from 'lucide-react';

import { healthQuery, trialBalanceQuery } from '../../api/queries';
import type { components } from '../../api/generated';
import { Amount } from '../../design/amount';
import { Card } from '../../design/card';
import { View } from '../../design/states';
import { fromMinor } from '../../money/decimal';
import { currencyDecimals } from '../../money/currencies';
import { At } from '../parts/at';
import { type Column, DataTable } from '../parts/data-table';
import { LINK, PageHead, Section } from '../parts/page';
import { useIsAdmin, useMyRole } from '../parts/role';
import { Tag } from '../parts/tag';
import { useManageText } from '../text/manage';

const LOOKS = { ok: ['success', CircleCheck], warning: ['warning', TriangleAlert], failing: ['danger', CircleX], stopping: ['quiet', CirclePause] } as const;

export function Health() {
  const text = useManageText().health;
  const asked = useQuery({ ...healthQuery, refetchInterval: 5_000 });
  const role = useMyRole();
  const isAdmin = useIsAdmin();
  return (
    <>
      <PageHead title={text.title} text={text.about} />
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>
        {(health) => <Node health={health} />}
      </View>
      {isAdmin && <Ledger />}
      <p className="mt-5 text-sm text-ink-2">{text.metrics} {text.metricsText} <a href="/metrics" className={`font-mono text-xs ${LINK}`}>/metrics</a></p>
    </>
  );
}

function Node({ health }: { health: components['schemas']['Health'] }) {
  const text = useManageText().health;
  const [tone, Icon] = LOOKS[health.status];
  const tints = { success: 'text-success', warning: 'text-warning', danger: 'text-danger', quiet: 'text-ink-2' };
  // What is wrong comes first.
  const checks = Object.entries(health.checks).toSorted(([, a], [, b]) => Number(a.status === 'ok') - Number(b.status === 'ok'));
  return (
    <>
      <Card className="mb-5 flex flex-wrap items-center gap-x-6 gap-y-2 p-5">
        <p className="flex items-center gap-3 text-base font-semibold"><Icon className={`size-6 ${tints[tone]}`} aria-hidden="true" />{text.status[health.status]}</p>
        <p className="text-sm text-ink-2 sm:ml-auto">{text.version} {health.version} · {text.checked} <At at={health.checked_at} /></p>
      </Card>
      <Section flush title={text.checks}>
        <ul className="divide-y divide-line">
          {checks.map(([name, part]) => {
            const [partTone, partIcon] = LOOKS[part.status];
            return (
              <li key={name} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3 text-sm">
                <div className="min-w-0 flex-1 basis-64">
                  <p className="font-medium break-words">{part.detail ?? text.what[name as keyof typeof text.what] ?? text.noText}</p>
                  <p className="font-mono text-xs text-ink-3">{name}</p>
                </div>
                <Tag tone={partTone} icon={partIcon}>{text.of[part.status]}</Tag>
              </li>
            );
          })}
        </ul>
      </Section>
    </>
  );
}

type Sums = components['schemas']['CurrencySums'];

function Ledger() {
  const text = useManageText().health;
  const asked = useQuery(trialBalanceQuery);
  const money = (minor: number, currency: string) => <Amount amount={fromMinor(BigInt(minor), currencyDecimals(currency))} currency={currency} code />;
  const columns: Column<Sums>[] = [
    { key: 'currency', head: '', phone: 'a', wide: true, cell: (row) => <span className="font-medium">{row.currency} <span className="ml-2 font-normal text-ink-3">{text.accounts(row.accounts)}</span></span> },
    { key: 'debits', head: text.debits, phone: 'c', align: 'end', cell: (row) => money(row.debits_posted, row.currency) },
    { key: 'credits', head: text.credits, phone: 'd', align: 'end', cell: (row) => money(row.credits_posted, row.currency) },
    { key: 'state', head: '', phone: 'b', align: 'end', cell: (row) => (row.debits_posted === row.credits_posted ? <Tag tone="success" icon={CircleCheck}>{text.balanced}</Tag> : <Tag tone="danger" icon={CircleX}>{text.unbalanced}</Tag>) },
  ];
  return (
    <div className="mt-5 space-y-5">
      <Section flush title={text.ledger}>
        <View asked={asked} skeleton={<div className="skeleton m-5 h-16" />}>{({ data }) => <DataTable label={text.ledger} rows={data} columns={columns} keyOf={(row) => row.currency} />}</View>
      </Section>
    </div>
  );
}
