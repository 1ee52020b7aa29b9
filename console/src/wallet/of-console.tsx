// What somebody who runs PayFlow is told in the wallet: they see everybody's payments, and none as their own.

import { buttonClass } from '../design/button';
import { Message } from '../design/states';
import { part } from '../i18n/language';

const useWords = part(
  { title: 'This account runs PayFlow', text: 'It sees the payments of everybody, and has no wallet of its own here. Use an account of your own for your money.', open: 'Open the console', tour: 'Take the tour' },
  { title: 'Dieses Konto betreibt PayFlow', text: 'Es sieht die Zahlungen aller und hat hier keine eigene Geldbörse. Verwenden Sie für Ihr Geld ein eigenes Konto.', open: 'Konsole öffnen', tour: 'Rundgang machen' },
);

export default function OfConsole() {
  const w = useWords();
  const acts = (
    <div className="flex flex-wrap justify-center gap-3">
      <a href="/console" className={buttonClass()}>{w.open}</a>
      <a href="/console#tour" className={buttonClass('secondary')}>{w.tour}</a>
    </div>
  );
  return <Message isPage title={w.title} text={w.text} action={acts} />;
}
