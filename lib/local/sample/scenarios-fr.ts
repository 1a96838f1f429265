import type { Phrases } from './phrases.ts';

/** What French conversations are about: the same topics as the English ones. */
export const scenariosFr: Phrases['scenarios'] = {
  critical: [
    {
      topic: 'small-talk',
      before: [{ said: 'Devine ce que j’ai fait {day}.', answered: 'Un truc du genre {treat} ? Dis oui !' }],
      asks: [
        'Presque ! Un saut à {city} avec {person}, et au final : {treat}. Et toi, le meilleur moment de ta semaine ?',
        'Canapé, et j’ai revu {post}, sans regret. Tu fais quoi pour souffler après {load} ?',
        'J’ai signé pour une course de {5-21} km avec {person}. Un conseil quand on déteste les côtes ?',
        'Rien du tout, et c’était parfait. Le {day}, tu es plutôt {treat} ou plutôt sieste ?',
      ],
    },
    {
      topic: 'birthday',
      before: [],
      asks: [
        'C’est mon anniversaire {day}, {24-58} ans ! Tu me ferais un petit mot ?',
        'Demain {person} fête ses {24-58} ans et on te suit à deux. Tu écrirais quoi sur la carte ?',
        'Voilà, {24-58} ans aujourd’hui, programme : {treat}. Toi, tu fêtes le tien ou tu te caches ?',
      ],
    },
    {
      topic: 'thank-you',
      before: [{ said: 'Je voulais te dire un truc.', answered: 'Je t’écoute, {fan}.' }],
      asks: [
        'Tes messages m’ont fait tenir pendant {load}. Vraiment, merci. Comment gardes-tu cette bonne humeur ?',
        'J’ai montré {post} à {person} et on a ri pendant {10-45} minutes. Merci pour ça !',
        'Grâce à toi j’ai osé sortir sans personne à {city} : {treat}, et un super souvenir. Merci du coup de pouce !',
      ],
    },
    {
      topic: 'time-zone',
      before: [],
      asks: [
        'Je vis à {far} maintenant, pour le travail. Ton live de {day} tombe à {clock} chez moi, il y aura un replay ?',
        'Quand il est {clock} chez toi, il est quelle heure à {far} ? Je te rate toujours de {2-5} heures.',
        'Je suis à {far} jusqu’en {month}. À quelle heure t’écrire pour ne pas te réveiller ?',
      ],
    },
    {
      topic: 'renewal',
      before: [],
      asks: [
        'Mon abonnement finit {day}. L’offre à {price} se renouvelle toute seule ou je dois cliquer ?',
        'Déjà {4-30} mois ici ! Si je reprends {3-12} mois, je garde ma place dans le chat de {day} ?',
        'Le renouvellement a échoué, j’ai changé de carte. Je perds {post} si je règle ça {day} ?',
      ],
    },
    {
      topic: 'refund',
      before: [
        { said: 'J’ai une question un peu gênante.', answered: 'Elles sont permises ici. Vas-y, {fan}.' },
      ],
      asks: [
        'On m’a prélevé {price} deux fois {day}. Un des deux peut être remboursé ?',
        'J’ai pris {post} par erreur, à {price}. Je n’ai rien ouvert, je peux être remboursé ?',
        'J’ai résilié en {month} mais {price} sont encore partis {day}. Je fais comment ?',
      ],
    },
  ],
  high: [
    {
      topic: 'custom-photo-set',
      before: [
        { said: 'Je pense à une série photo.', answered: 'Volontiers ! Quel lieu, quelle ambiance ?' },
      ],
      asks: [
        'Plutôt {theme}, {8-24} photos, douces, en lumière du jour. {price}, ça irait ?',
        '{theme}, avec le manteau bleu, comme dans {post}. Je peux mettre {price} ; ce serait prêt quand ?',
        'C’est une surprise pour {person} : {theme}, {6-15} images peut-être et un petit mot. Ça coûterait combien ?',
        'Tu pourrais faire {theme}, avec la lumière de {month} ? Mon maximum est {price}, rien ne presse.',
      ],
    },
    {
      topic: 'birthday-video',
      before: [],
      asks: [
        'C’est l’anniversaire de quelqu’un {day} : {person}, {21-65} ans. Un message vidéo de {30-90} secondes pour {price} ?',
        'J’aimerais un mot d’anniversaire pour {person}, à {city}. Sa passion : {treat}. {price}, c’est bon ?',
        'Une petite vidéo d’anniversaire, avec un clin d’œil ({treat}) et le live de {day}. {price} suffisent ?',
      ],
    },
    {
      topic: 'tip-thanks',
      before: [{ said: 'Je viens de t’envoyer {price}.', answered: 'J’ai vu et j’ai souri. Merci {fan} !' }],
      asks: [
        'C’est pour {post}, qui m’a fait du bien pendant {load}. Fais-toi plaisir : {treat} ! Tu prépares quoi ensuite ?',
        'Garde-les pour du matériel. La prochaine pourrait être sur le thème « {theme} » ?',
        'Je n’attends rien en retour, dis-moi juste comment {day} s’est passé. L’idée « {theme} » a marché ?',
      ],
    },
    {
      topic: 'renewal-gift',
      before: [],
      asks: [
        'J’ai repris {3-12} mois aujourd’hui. Le message de retour que tu faisais en {month} existe encore ?',
        'Si je prends l’année au lieu de {price} par mois, une série comme « {theme} » est comprise ?',
        'Je voudrais offrir {2-6} mois, c’est pour {person}. Tu peux envoyer un premier bonjour {day} ?',
      ],
    },
    {
      topic: 'order-change',
      before: [
        {
          said: 'À propos de ma commande de {day}.',
          answered: 'Elle est sur ma liste. Tu veux changer quoi ?',
        },
      ],
      asks: [
        'On peut la remplacer par {theme} ? Si c’est trop tard, une partie des {price} en retour me va aussi.',
        'Je suis à {far} jusqu’en {month}, donc rien ne presse. Ajoute {2-8} photos, je complète à {price}.',
        'Enlève le prénom, c’est une surprise et {person} lit par-dessus mon épaule. Le reste ne bouge pas : {theme}, {price}.',
      ],
    },
  ],
  medium: [
    {
      topic: 'weekly-analytics',
      before: [],
      asks: [
        'La semaine en chiffres : {310-980} messages reçus, {71-98} % avec réponse, délai médian {3-38} min, {12-64} nouveaux abonnés, {4-31} départs, {1200-6900} € de revenus. Écris le résumé du lundi.',
        'Résume : meilleur jour {day} avec {90-260} messages, {14-72} inscriptions après {post}, taux de réponse {71-98} %, {900-5400} €. Que tenter la semaine prochaine ?',
        'Compare : {220-700} conversations et {800-4100} € la semaine passée, {230-760} et {850-4600} € cette semaine. Qu’est-ce qui a bougé, et est-ce important ?',
      ],
    },
    {
      topic: 'conversation-summary',
      before: [
        {
          said: 'Ensuite : une conversation à transmettre.',
          answered: 'Envoie, je n’y laisse pas de nom.',
        },
      ],
      asks: [
        '{fan}, {14-60} messages depuis {month} : en ce moment {load}, aime bien ça : {treat}, a demandé deux fois {theme}, budget vers {price}. Résume en cinq lignes.',
        'Passation de {day} : {fan} attend une série sur {theme}, a payé {price}, vit à {far} et lit vers {clock}. Que doit savoir la relève ?',
        '{fan} : {3-24} mois chez nous, a aimé {post}, hésitait à {price}. Résume l’humeur et propose un prochain message.',
      ],
    },
    {
      topic: 'renewal-outlook',
      before: [],
      asks: [
        '{40-190} renouvellements en {month} ; d’habitude {8-35} % partent, surtout après {2-7} mois. À qui écrire d’abord ?',
        'Renouvellements par formule : mois {55-88} %, trimestre {60-92} %, année {70-97} %. Explique simplement et nomme un essai à faire.',
        'Parmi {segment}, {18-77} % ont renouvelé après {post}. Vrai signal ou hasard, sur {30-140} personnes ?',
      ],
    },
    {
      topic: 'refund-review',
      before: [],
      asks: [
        '{18-36} remboursements en {month}, dont {2-9} doubles paiements et {2-8} achats par erreur, {180-940} € en tout. Rédige un court bilan des causes.',
        'Les demandes de remboursement sont passées de {2-9} à {10-22} depuis le prix à {price}. Tu vérifierais quoi en premier ?',
        'Regroupe les motifs : {2-9} paiements en double, {2-7} séries en retard, {2-6} erreurs d’article {day}. Un paragraphe pour l’équipe.',
      ],
    },
    {
      topic: 'active-hours',
      before: [],
      asks: [
        'Les fans écrivent de {far} ({9-31} %) et de {city} ({22-58} %), avec un pic à {clock}. Propose trois créneaux pour le live de {day}.',
        'À {clock} on répond en {4-19} min, la nuit en {40-190} min. Une seconde équipe pour {far} vaut-elle {300-1400} € par mois ?',
        'Activité par jour : {day} en tête avec {120-410} messages, le plus calme en a {20-80}. Quand publier ?',
      ],
    },
  ],
  low: [
    {
      topic: 'birthday-campaign',
      before: [],
      asks: [
        'Écris trois messages d’anniversaire pour {segment}, avec un clin d’œil ({treat}). Sans remise, {40-90} mots chacun.',
        '{20-85} fans fêtent leur anniversaire en {month}. Deux variantes chaleureuses et une drôle qui cite {post}.',
      ],
    },
    {
      topic: 'win-back',
      before: [],
      asks: [
        'Un message de retour pour {segment} : rappelle {post}, annonce {theme}, sans pression. {2-5} variantes.',
        'Deux rappels à {4-12} jours d’écart pour {segment}. Le premier cite {price}, le second dit juste bonjour.',
        '{6-14} objets pour les fans partis, moins de {32-48} caractères, autour du thème « {theme} ».',
      ],
    },
    {
      topic: 'set-launch',
      before: [{ said: 'La nouvelle série est prête.', answered: 'Super. Sur quoi, et à quel prix ?' }],
      asks: [
        'C’est {theme}, {12-40} photos à {price}, en ligne {day} à {clock}. Rédige l’annonce pour {segment}.',
        '{theme}, {price}. Il faut un avant-goût, l’annonce et un merci, moins de {50-110} mots chacun.',
        'Sortie de « {theme} » en {month} : propose {3-6} angles pour {segment} et dis lequel tester d’abord.',
      ],
    },
    {
      topic: 'seasonal-ideas',
      before: [],
      asks: [
        'Cinq idées de campagne pour {month}, dont une sur ce thème : {treat}, une pour les fans à {far}, aucune à plus de {price}.',
        'On veut quelque chose autour du thème « {theme} » en {month}. Que faire avec {segment} en {2-6} messages ?',
        'Idées de rituel du {day} avec les fans : {treat}, {post}, une question de la semaine. Classe-les et écris le premier message.',
      ],
    },
    {
      topic: 'thank-you-campaign',
      before: [],
      asks: [
        'Un mot de remerciement pour celles et ceux qui sont là depuis {4-36} mois. Cite {post}, finis chaleureusement.',
        'On a passé les {1200-9800} abonnés {day}. Écris le merci en {2-4} longueurs, la plus longue de {60-120} mots.',
      ],
    },
  ],
};
