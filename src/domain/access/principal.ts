// Who is calling. Proven by http/auth, never by the domain.

/** The account itself, by its root access key. */
export interface RootPrincipal {
  readonly kind: 'root';
  readonly accountId: string;
  /** `arn:aws:iam::<account>:root` */
  readonly arn: string;
  readonly accessKeyId: string;
}

export type Principal = RootPrincipal;
