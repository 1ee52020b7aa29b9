// What cases and alerts say alike.

import { part } from '../../i18n/language';

const en = {
  assign: 'Assign',
  assignEffects: ['Everybody sees whose it is. Nobody else is asked to look at it.'],
  assigned: 'It is assigned',
  take: 'Take it',
  taken: 'It is yours',
  owner: 'Owner',
  nobody: 'Nobody',
  you: 'you',
  mine: 'Mine',
  snooze: 'Snooze',
  wake: 'Wake now',
  until: 'Until',
  comment: 'Comment',
  addComment: 'Add comment',
  commented: 'The comment is there',
  history: 'What happened',
  byItself: 'by itself',
  hours: { 1: '1 hour', 4: '4 hours', 24: '1 day', 72: '3 days', 168: '1 week' } as Record<number, string>,
};

export const useWorkText = part(en, {
  assign: 'Zuweisen',
  assignEffects: ['Alle sehen, wer sich darum kümmert. Niemand sonst wird darum gebeten.'],
  assigned: 'Es ist zugewiesen',
  take: 'Übernehmen',
  taken: 'Sie kümmern sich darum',
  owner: 'Zuständig',
  nobody: 'Niemand',
  you: 'Sie',
  mine: 'Meine',
  snooze: 'Ruhen lassen',
  wake: 'Jetzt wecken',
  until: 'Bis',
  comment: 'Bemerkung',
  addComment: 'Bemerkung hinzufügen',
  commented: 'Die Bemerkung steht da',
  history: 'Was geschah',
  byItself: 'von selbst',
  hours: { 1: '1 Stunde', 4: '4 Stunden', 24: '1 Tag', 72: '3 Tage', 168: '1 Woche' } as Record<number, string>,
});
