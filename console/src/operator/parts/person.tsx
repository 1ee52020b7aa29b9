// Somebody by their id: their name as a link to them, once it is known.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { meQuery } from '../../api/queries';
import { userQuery } from '../queries';
import { useCommon } from '../text/common';
import { LINK } from './page';

export function Person({ id }: { id: string }) {
  const text = useCommon();
  const { data: me } = useQuery(meQuery);
  const { data } = useQuery({ ...userQuery(id), enabled: id.startsWith('usr_') });
  if (!id.startsWith('usr_')) return <span>{id === 'acquirer' ? text.acquirer : id === 'system' ? text.system : id}</span>;
  return (
    <Link to={`/customers/${id}` as '/'} className={`${LINK} wrap-anywhere underline decoration-line decoration-1 hover:decoration-current`}>
      {data ? <bdi>{data.name}</bdi> : <span className="font-mono text-xs">{id}</span>}
      {me?.id === id && ` (${text.you})`}
    </Link>
  );
}
