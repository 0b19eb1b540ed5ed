import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseXml } from './xml.ts';

test('reads elements, lists and text, in any depth that an answer has', () => {
  const text =
    '<?xml version="1.0"?>\n<A xmlns="https://x/"><L><member><K>a &amp; &lt;b&gt;&#x41;&#10;</K></member><member/></L><E/><T>t</T></A>';
  assert.deepEqual(parseXml(text), {
    name: 'A',
    value: { L: [{ K: 'a & <b>A\n' }, ''], E: '', T: 't' },
  });
});

test('refuses what is no XML of the API', () => {
  for (const text of [
    '',
    'text',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '</a>',
    '<a>&unknown;</a>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<a><![CDATA[x]]></a>',
    `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`,
    '<html><body><p>not found</body></html>',
  ])
    assert.throws(() => parseXml(text), SyntaxError, text.slice(0, 40));
});
