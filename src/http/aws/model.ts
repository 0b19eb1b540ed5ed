// The wire models as the walker reads them: what `scripts/generate-api.ts` makes of api/*.json.

export interface MemberModel {
  readonly shape: string;
  /** Where a REST member travels; absent: in the body. */
  readonly location?: 'uri' | 'querystring';
  readonly locationName?: string;
}

export interface StructureShape {
  readonly type: 'structure';
  readonly members: Readonly<Record<string, MemberModel>>;
  readonly required?: readonly string[];
}

export interface StringShape {
  readonly type: 'string';
  /** Characters (UTF-16 code units, as the SDKs count). */
  readonly min?: number;
  readonly max?: number;
  /** As the service documents it; `check` is what runs when the two differ (api/patterns.json). */
  readonly pattern?: string;
  readonly check?: string;
  readonly enum?: readonly string[];
}

export interface NumberShape {
  readonly type: 'integer' | 'long' | 'double';
  readonly min?: number;
  readonly max?: number;
}

export interface ListShape {
  readonly type: 'list';
  readonly member: string;
  readonly min?: number;
  readonly max?: number;
}

export interface MapShape {
  readonly type: 'map';
  readonly key: string;
  readonly value: string;
  readonly min?: number;
  readonly max?: number;
}

export interface BlobShape {
  readonly type: 'blob';
  /** Bytes. */
  readonly min?: number;
  readonly max?: number;
}

export type Shape =
  | StructureShape
  | StringShape
  | NumberShape
  | ListShape
  | MapShape
  | BlobShape
  | { readonly type: 'boolean' }
  | { readonly type: 'timestamp' };

export interface OperationModel {
  readonly method: string;
  /** Path with `{member}` labels; `/` for JSON-RPC. */
  readonly uri: string;
  readonly input: string;
  /** Absent: an answer without a body. */
  readonly output?: string;
  readonly errors: readonly string[];
}

export interface ServiceModel {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly operations: Readonly<Record<string, OperationModel>>;
  /** HTTP status of each modelled error. */
  readonly errorStatus: Readonly<Record<string, number>>;
  /** What the query protocol adds. */
  readonly query?: {
    /** What a request's `Version` must be. */
    readonly version: string;
    readonly namespace: string;
    /** An error's name on the wire, by its name in the model. */
    readonly errorCodes: Readonly<Record<string, string>>;
  };
}
