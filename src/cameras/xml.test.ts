import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { elementsOf, escapeXml, textAt, tryParseXml } from './xml.ts';

describe('XML', () => {
  it('gives elements, attributes and text without prefixes', () => {
    const root = tryParseXml(`<?xml version="1.0"?><!-- > --><a:x xmlns:a="u" a:k='1 &gt; "0"'>
      <b:y/>one &amp; <![CDATA[<two>]]> &#x33;<b:y>deep<z>er</z></b:y></a:x>`);
    assert.equal(root?.name, 'x');
    assert.equal(root.attributes['k'], '1 > "0"');
    assert.equal(root.text, 'one & <two> 3');
    assert.equal(elementsOf(root, 'y').length, 2);
    assert.equal(textAt(root, 'z'), 'er');
    assert.equal(textAt(root, 'nowhere', 'z'), undefined);
  });

  it('takes no document type, nothing half, and nothing without bounds', () => {
    for (const text of [
      '',
      'text',
      '<a>',
      '<a></b>',
      '</a>',
      '<a/><b/>',
      '<a b=c/>',
      '<a b="<"/>',
      '<a>&unknown;</a>',
      '<a>& </a>',
      '<a>&#x110000;</a>',
      '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
      '<a',
      '<a b="',
      '<!--',
      '<a><![CDATA[</a>',
      '<a>'.repeat(100) + '</a>'.repeat(100),
      `<r>${'<a/>'.repeat(30_000)}</r>`,
      `<r>${'x'.repeat(600_000)}</r>`,
    ])
      assert.equal(tryParseXml(text), undefined, text.slice(0, 40));
  });

  it('reads back what was escaped, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const root = tryParseXml(`<a b="${escapeXml(text)}">|${escapeXml(text)}|</a>`);
        assert.equal(root?.attributes['b'], text);
        assert.equal(root?.text, `|${text}|`);
      }),
    );
  });

  it('never throws, for any text', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      '<a',
      '</a>',
      '="',
      "'",
      '&',
      ';',
      '&#',
      '!--',
      '-->',
      '<![CDATA[',
      ']]>',
      ' ',
      'x',
    );
    fc.assert(fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => void tryParseXml(parts.join(''))));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void tryParseXml(text)));
  });
});
