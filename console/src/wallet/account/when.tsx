// When nothing comes but what is essential, by whose clock, and in which language.

import { useQuery } from '@tanstack/react-query';

import { notificationPreferencesQuery } from '../../api/later-queries';
import { preferencesQuery } from '../../api/queries';
import { Field, Select } from '../../design/field';
import { Switch } from '../../design/switch';
import { View } from '../../design/states';
import { LANGUAGES } from '../../i18n/language';
import { useNotifyText } from '../texts/notify';
import { useSaveNotifications } from './notification-preferences';
import { Part } from './part';
import { useSavePreferences } from './preferences';

const USUAL = { start: '22:00', end: '07:00' };

export function When() {
  const n = useNotifyText();
  const asked = useQuery(notificationPreferencesQuery);
  const save = useSaveNotifications();
  return (
    <Part>
      <View asked={asked} skeleton={<div className="skeleton m-5 h-12" />}>
        {({ quiet_hours: quiet }) => (
          <div className="p-5">
            <label className="flex cursor-pointer items-center justify-between gap-4 text-sm">
              <span><span className="block font-medium">{n.quiet}</span><span className="block text-ink-2">{n.quietText}</span></span>
              <Switch checked={quiet !== null} onChange={(event) => save((before) => ({ ...before, quiet_hours: event.target.checked ? USUAL : null }))} />
            </label>
            {quiet && (
              <div className="mt-5 grid grid-cols-2 gap-4">
                {(['start', 'end'] as const).map((end) => (
                  <Field
                    key={end}
                    label={end === 'start' ? n.from : n.to}
                    type="time"
                    required
                    defaultValue={quiet[end]}
                    onBlur={({ target }) => /^\d\d:\d\d$/.test(target.value) && target.value !== quiet[end] && save((before) => ({ ...before, quiet_hours: { ...(before.quiet_hours ?? USUAL), [end]: target.value } }))}
                  />
                ))}
              </div>
            )}
          </div>
        )}
      </View>
      <Where />
    </Part>
  );
}

function Where() {
  const n = useNotifyText();
  const asked = useQuery(preferencesQuery);
  const save = useSavePreferences();
  const zones = Intl.supportedValuesOf('timeZone');
  return (
    <View asked={asked} skeleton={<div className="skeleton m-5 h-12" />}>
      {({ timezone, locale }) => (
        <div className="grid gap-4 p-5 sm:grid-cols-2">
          <Select label={n.zone} value={timezone} onChange={(event) => void save({ timezone: event.target.value })}>
            {!zones.includes(timezone) && <option value={timezone}>{timezone}</option>}
            {zones.map((zone) => <option key={zone} value={zone}>{zone.replaceAll('_', ' ')}</option>)}
          </Select>
          <Select label={n.language} value={locale.slice(0, 2) in LANGUAGES ? locale.slice(0, 2) : 'en'} onChange={(event) => void save({ locale: event.target.value })}>
            {Object.entries(LANGUAGES).map(([one, name]) => <option key={one} value={one} lang={one}>{name}</option>)}
          </Select>
        </div>
      )}
    </View>
  );
}
