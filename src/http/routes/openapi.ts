/** The OpenAPI 3.1 document, made from the route table, so that it can't leave a route out. */

import type { TObject, TSchema } from 'typebox';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import { Failure } from '../schemas/common.ts';

export function openapiRoute(others: readonly Route[]): Route {
  const self = route({
    method: 'GET',
    url: '/api/openapi.json',
    summary: 'This document',
    access: { action: 'session.own' },
    handler: () => document,
  });
  const document = openapiDocument([...others, self]);
  return self;
}

export function openapiDocument(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const one of routes) {
    if (one.hidden) continue;
    const path = one.url.replace(/:([a-z_]+)/g, '{$1}').replace(/\*$/, '{path}');
    paths[path] = { ...paths[path], [one.method.toLowerCase()]: operation(one, path) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'SentriX', version: '1', description: 'Errors are {"detail", "code"}; times are UTC.' },
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-sentrix' },
        token: { type: 'http', scheme: 'bearer' },
        basic: { type: 'http', scheme: 'basic' },
      },
      responses: { Failure: { description: 'refused', content: { 'application/json': { schema: Failure } } } },
    },
  };
}

function operation(one: Route, path: string): object {
  const { query, params, body, answer } = one.schema;
  const inPath = [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => ({
    name: name!,
    in: 'path',
    required: true,
    schema: (params?.properties as Record<string, TSchema> | undefined)?.[name!] ?? { type: 'string' },
  }));
  return {
    summary: one.summary,
    parameters: [...inPath, ...(query === undefined ? [] : inQuery(query))],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    security: one.access === 'open' ? [] : [{ session: [] }, { token: [] }, { basic: [] }],
    'x-access': one.access === 'open' ? 'open' : one.access.action,
    responses: {
      200: {
        description: 'done',
        ...(answer === undefined ? {} : { content: { 'application/json': { schema: answer } } }),
      },
      default: { $ref: '#/components/responses/Failure' },
    },
  };
}

function inQuery(schema: TObject): object[] {
  const required: readonly string[] = schema.required ?? [];
  return Object.entries(schema.properties as Record<string, TSchema>).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name) && !('default' in property),
    schema: property,
  }));
}
