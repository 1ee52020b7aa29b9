// What somebody is told, by which ways, and when not.

import { useQuery } from '@tanstack/react-query';

import { preferencesQuery } from '../../api/queries';
import { Switch } from '../../design/switch';
import { View } from '../../design/states';
import { Matrix } from '../account/matrix';
import { AccountPage, Part } from '../account/part';
import { Phone } from '../account/phone';
import { useSavePreferences } from '../account/preferences';
import { Push } from '../account/push';
import { When } from '../account/when';
import { useNotifyText } from '../texts/notify';

export function AccountNotifications() {
  const n = useNotifyText();
  const asked = useQuery(preferencesQuery);
  const save = useSavePreferences();
  return (
    <AccountPage page="notifications">
      <Part>
        <View asked={asked} skeleton={<div className="skeleton m-5 h-12" />}>
          {({ notifications_enabled: isOn }) => (
            <label className="flex cursor-pointer items-center justify-between gap-4 p-5 text-sm">
              <span><span className="block font-medium">{n.all}</span><span className="block text-ink-2">{isOn ? n.allText : n.allOff}</span></span>
              <Switch checked={isOn} onChange={(event) => void save({ notifications_enabled: event.target.checked })} />
            </label>
          )}
        </View>
      </Part>
      <Matrix />
      <When />
      <Part>
        <Phone />
        <Push />
      </Part>
    </AccountPage>
  );
}
