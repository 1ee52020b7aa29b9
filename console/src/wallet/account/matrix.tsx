// The groups of what can be told, and the ways by which it comes.

import { useQuery } from '@tanstack/react-query';

import { notificationPreferencesQuery, phoneQuery } from '../../api/later-queries';
import type { NotificationGroups } from '../../api/types';
import { View } from '../../design/states';
import { useNotifyText } from '../texts/notify';
import { useSaveNotifications } from './notification-preferences';
import { Part } from './part';

const GROUPS = ['payments', 'account', 'security'] as const;
const WAYS = ['in_app', 'email', 'sms', 'push'] as const;
type Group = keyof NotificationGroups;
type Way = (typeof WAYS)[number];

/** What the server keeps on, whatever is asked for. */
const staysOn = (group: Group, way: Way): boolean => group === 'security' && (way === 'in_app' || way === 'email');

export function Matrix() {
  const n = useNotifyText();
  const asked = useQuery(notificationPreferencesQuery);
  const { data: phone } = useQuery(phoneQuery);
  const save = useSaveNotifications();
  return (
    <Part title={n.matrix} text={phone === null ? `${n.locked} ${n.needsPhone}` : n.locked}>
      <View asked={asked} skeleton={<div className="skeleton m-5 h-44" />}>
        {(preferences) => (
          <table className="w-full text-sm">
            <thead>
              <tr className="border-b border-line text-ink-2">
                <th scope="col" className="py-3 pl-5 text-left font-medium">{n.what}</th>
                {WAYS.map((way) => <th key={way} scope="col" className="w-[16%] px-0.5 py-3 text-center text-xs font-medium sm:text-sm">{n.ways[way]}</th>)}
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {GROUPS.map((group) => (
                <tr key={group}>
                  <th scope="row" className="py-3 pl-5 text-left font-normal"><span className="block font-medium">{n.groups[group]}</span><span className="text-ink-2 max-sm:hidden">{n.groupTexts[group]}</span></th>
                  {WAYS.map((way) => (
                    <td key={way} className="px-0.5 text-center">
                      <label className="mx-auto grid size-11 cursor-pointer place-items-center rounded-full hover:bg-sunken has-disabled:cursor-default has-disabled:hover:bg-transparent">
                        <input
                          type="checkbox"
                          aria-label={n.cell(n.groups[group], n.ways[way])}
                          checked={preferences.groups[group][way]}
                          disabled={staysOn(group, way) || (way === 'sms' && !phone && !preferences.groups[group].sms)}
                          onChange={(event) => save((before) => ({ ...before, groups: { ...before.groups, [group]: { ...before.groups[group], [way]: event.target.checked } } }))}
                          className="size-[18px] cursor-pointer accent-brand disabled:cursor-default"
                        />
                      </label>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </View>
    </Part>
  );
}
