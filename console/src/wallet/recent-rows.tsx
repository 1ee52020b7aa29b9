// The last transactions on the home page: rows that hold still while somebody points at them.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { meQuery, recentQuery } from '../api/queries';
import { Button, buttonClass } from '../design/button';
import { Card } from '../design/card';
import { Message, RowsSkeleton, View } from '../design/states';
import { useText } from '../i18n/language';
import { useHeldRows } from './held-rows';
import { TransactionRow, useDescribe } from './transactions';

export default function RecentRows({ hidden }: { hidden: boolean }) {
  const t = useText();
  const describe = useDescribe();
  const asked = useQuery(recentQuery);
  const { data: me } = useQuery(meQuery);
  const { rows, newer, release, area } = useHeldRows(asked.data?.data);
  return (
    <div {...area} className="relative">
      <div className="absolute inset-x-0 -top-4 z-10 mx-auto w-fit" aria-live="polite">
        {newer > 0 && <Button size="small" className="enter shadow-overlay" onClick={release}>{t.activity.newer(newer)}</Button>}
      </div>
      <Card className="overflow-hidden">
        <View asked={{ ...asked, data: rows }} skeleton={<RowsSkeleton />} role={me?.role}>
          {(rows) => {
            if (rows.length === 0) return <Message title={t.home.noActivity} text={t.home.noActivityText} action={<Link to="/add" className={buttonClass('primary', 'small')}>{t.home.add}</Link>} />;
            return <ul className="divide-y divide-line">{rows.map((row) => <TransactionRow key={row.id} transaction={row} describe={describe} hidden={hidden} />)}</ul>;
          }}
        </View>
      </Card>
    </div>
  );
}
