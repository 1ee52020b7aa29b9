// Giving something to somebody of the team: to oneself with one press, or to another by name.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';

import { meQuery } from '../../api/queries';
import { Select } from '../../design/field';
import { usersQuery } from '../queries';
import { useWorkText } from '../text/work';
import { ActDialog } from './act';

interface Props {
  title: string;
  owner: string | null | undefined;
  stale: readonly (readonly unknown[])[];
  run: (owner: string | null) => Promise<unknown>;
  onClose: () => void;
}

export function AssignDialog({ title, owner, stale, run, onClose }: Props) {
  const text = useWorkText();
  const { data: me } = useQuery(meQuery);
  const { data } = useInfiniteQuery(usersQuery({ role: 'operator,admin', status: 'active' }));
  const people = data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <ActDialog title={title} effects={text.assignEffects} confirm={text.assign} done={text.assigned} stale={stale} onClose={onClose} run={(form) => run(String(form.get('owner')) || null)}>
      <Select label={text.owner} name="owner" key={people.length} defaultValue={owner ?? me?.id ?? ''}>
        <option value="">{text.nobody}</option>
        {people.map((one) => <option key={one.id} value={one.id}>{one.name}{one.id === me?.id ? ` (${text.you})` : ''}</option>)}
      </Select>
    </ActDialog>
  );
}
