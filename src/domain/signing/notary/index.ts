// Door of the Notary Project's signatures: make, verify, publish as a referrer, write trust material.
export * from './ports.ts';
