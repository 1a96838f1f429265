import { type Words, words } from './words.ts';

/** What lowers a risk, and the test that holds it. */
export type Measure = { about: Words; test: string };

/** The measures of the impact assessment. */
export const measures: readonly Measure[] = [
  {
    about: words(
      'every store and field is known, with its end and its encryption',
      'tout stockage et tout champ est connu, avec son terme et son chiffrement',
    ),
    test: 'test/privacy/data-map.test.ts',
  },
  {
    about: words('what has expired is passed over by every read', 'toute lecture écarte ce qui a expiré'),
    test: 'test/privacy/read-filter.test.ts',
  },
  {
    about: words(
      'a job reaches only the processors that its tenant allows',
      'une tâche n’atteint que les sous-traitants autorisés par son client',
    ),
    test: 'test/privacy/processors.test.ts',
  },
  {
    about: words(
      'a provider’s refusal is final: no other one is asked',
      'le refus d’un prestataire est définitif : aucun autre n’est sollicité',
    ),
    test: 'test/runtime/providers/refusals.test.ts',
  },
  {
    about: words('providers keep no state of a call', 'les prestataires ne conservent aucun état d’un appel'),
    test: 'test/privacy/processors.test.ts',
  },
  {
    about: words(
      'logs, metrics and errors have no content and no ids of persons',
      'journaux, métriques et erreurs sans contenu ni identifiant de personne',
    ),
    test: 'test/runtime/telemetry.test.ts',
  },
  {
    about: words(
      'a caller never sees or infers another tenant’s jobs',
      'un appelant ne voit ni ne déduit les tâches d’un autre client',
    ),
    test: 'test/api/matrix.test.ts',
  },
  {
    about: words(
      'functions may do only what they do',
      'les fonctions n’ont que les droits qu’elles exercent',
    ),
    test: 'test/stacks/api-rights.test.ts',
  },
  {
    about: words(
      'queues and topics refuse connections without TLS',
      'files et sujets refusent les connexions sans TLS',
    ),
    test: 'test/stacks/relay.test.ts',
  },
  {
    about: words(
      'webhooks go to public addresses alone, signed, without redirects',
      'les notifications ne vont qu’à des adresses publiques, signées, sans redirection',
    ),
    test: 'test/runtime/webhooks/post-webhook.test.ts',
  },
  {
    about: words(
      'a record of the audit trail that was tampered with is named',
      'un enregistrement falsifié de la piste d’audit est désigné',
    ),
    test: 'test/pipeline/privacy/audit-chain.test.ts',
  },
  {
    about: words(
      'requests of persons are recorded with their due day',
      'les demandes des personnes sont enregistrées avec leur échéance',
    ),
    test: 'test/end-to-end/privacy.test.ts',
  },
  {
    about: words(
      'an export has everything of a person, however often whoever makes it dies',
      'un export contient tout ce qui concerne une personne, malgré les interruptions',
    ),
    test: 'test/runtime/privacy/gather-export.test.ts',
  },
  {
    about: words(
      'an erasure takes everything, twice, and is verified by another role',
      'un effacement emporte tout, deux fois, et est vérifié par un autre rôle',
    ),
    test: 'test/runtime/privacy/erase.test.ts',
  },
  {
    about: words(
      'what was written is sealed under keys of its persons, and read by nobody once one of them is destroyed',
      'ce qui a été écrit est scellé sous les clés des personnes concernées, et illisible dès que l’une est détruite',
    ),
    test: 'test/pipeline/dispatch/fence.test.ts',
  },
  {
    about: words(
      'whoever changes a record of the audit trail is noticed',
      'toute altération de la piste d’audit est détectée',
    ),
    test: 'test/runtime/privacy/audit-trail.test.ts',
  },
  {
    about: words('answers are marked as a model’s', 'les réponses sont signalées comme issues d’un modèle'),
    test: 'test/pipeline/dispatch/process-job.test.ts',
  },
  {
    about: words(
      'an answer that a machine sends needs a person who was told, and a stage may demand a consent',
      'une réponse envoyée par une machine suppose une personne informée ; un consentement peut être exigé',
    ),
    test: 'test/privacy/lawful.test.ts',
  },
  {
    about: words('what hints at a minor stops at once', 'tout indice d’un mineur arrête le traitement'),
    test: 'test/privacy/minor-risk.test.ts',
  },
  {
    about: words(
      'nothing is lost or doubled under faults',
      'rien n’est perdu ni doublé en cas de défaillance',
    ),
    test: 'test/simulation/simulation.test.ts',
  },
];
