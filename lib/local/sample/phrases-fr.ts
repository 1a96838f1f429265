import type { Phrases } from './phrases.ts';
import { scenariosFr } from './scenarios-fr.ts';

/** French raw material of the sample conversations. */
export const phrasesFr: Phrases = {
  slots: {
    day: ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'],
    month: ['janvier', 'février', 'mars', 'mai', 'juin', 'juillet', 'septembre', 'novembre'],
    city: ['Lyon', 'Nantes', 'Lille', 'Bruxelles', 'Rennes', 'Genève', 'Toulouse', 'Namur', 'Brest', 'Dijon'],
    far: ['Montréal', 'Tokyo', 'Sydney', 'Nouméa', 'Dakar', 'Singapour', 'Vancouver', 'Papeete'],
    clock: ['6 h', '7 h 30', 'midi', '17 h', '19 h', '21 h 30', 'minuit'],
    theme: [
      'un café sous la pluie',
      'la plage au coucher du soleil',
      'une vieille librairie',
      'une balade en forêt à l’automne',
      'un matin de pâtisserie',
      'une piste de roller rétro',
      'un chalet en montagne',
      'les toits au crépuscule',
      'un marché aux fleurs',
      'gros pull et chocolat chaud',
    ],
    price: ['30 €', '35 €', '45 €', '60 €', '75 €', '90 €', '110 €'],
    person: ['ma sœur', 'mon meilleur ami', 'ma coloc', 'mon cousin', 'mon frère', 'ma collègue', 'ma mère'],
    post: [
      'la vidéo des coulisses',
      'ton live de dimanche',
      'la playlist que tu as partagée',
      'la visite de l’atelier',
      'la foire aux questions',
      'ton dernier carnet photo',
      'le vocal de mardi',
      'le making-of',
    ],
    load: [
      'une longue semaine au boulot',
      'la période des examens',
      'un déménagement',
      'la préparation du marathon',
      'un mois de gardes de nuit',
      'des vacances très pluvieuses',
      'les préparatifs d’un mariage',
      'mes débuts dans un nouveau poste',
    ],
    treat: [
      'tarte au citron',
      'ramen maison',
      'pique-nique',
      'karaoké',
      'soirée jeux',
      'bain de mer',
      'crêpes',
    ],
    segment: [
      'les abonnés de plus d’un an',
      'les arrivés du mois dernier',
      'les fans partis au printemps',
      'les 50 plus fidèles',
      'les fans qui ont déjà pris une série photo',
      'ceux qui n’ont jamais répondu',
    ],
  },
  openings: {
    critical: [
      {
        said: 'Coucou, c’est {fan}, tu es là ?',
        answered: 'Coucou {fan} ! Oui, thé en main. Comment vas-tu ?',
      },
      { said: 'Bonjour depuis {city} :)', answered: 'Bonjour {fan} ! Quel temps fait-il à {city} ?' },
      {
        said: 'Je viens de rattraper {post}. J’ai adoré.',
        answered: 'Ça me touche, {fan}. Quel passage surtout ?',
      },
      { said: 'Me revoilà, après {load}.', answered: 'Ouf, j’imagine. Pose-toi, {fan}, raconte.' },
      {
        said: 'hello, petite pause avant {clock}',
        answered: 'Les petites pauses sont les meilleures. Hello {fan} !',
      },
    ],
    high: [
      {
        said: 'Bonjour, ici {fan}. J’aimerais commander quelque chose.',
        answered: 'Avec plaisir {fan} ! Tu penses à quoi ?',
      },
      {
        said: 'Tu prends des demandes ce mois-ci ?',
        answered: 'Oui {fan}, il reste quelques places en {month}.',
      },
      {
        said: 'J’ai vu {post} et ça m’a donné une idée.',
        answered: 'J’aime quand ça arrive. Dis-moi, {fan} !',
      },
      { said: 'J’ai mis un peu de côté pour {month}.', answered: 'C’est adorable, {fan}. On imagine quoi ?' },
    ],
    medium: [
      {
        said: 'Un écran au plus par bilan, s’il te plaît.',
        answered: 'Entendu : les chiffres, puis trois suggestions au plus.',
      },
      {
        said: 'La semaine commence le {day} chez nous.',
        answered: 'Noté. Je compare avec la semaine d’avant.',
      },
      { said: 'L’équipe lit ça à {clock}, reste simple.', answered: 'Compris, court et sans jargon.' },
      {
        said: 'Même format qu’en {month}, merci.',
        answered: 'Bien sûr : résumé, tableau, ce qu’on essaie ensuite.',
      },
    ],
    low: [
      { said: 'On prépare {month}.', answered: 'Bon moment. Pour qui, et dans quel but ?' },
      {
        said: 'L’envoi de {day} a bien marché : {28-61} % d’ouvertures.',
        answered: 'Gardons son ton et sa longueur.',
      },
      {
        said: 'Petit budget cette fois, {120-900} messages.',
        answered: 'Assez pour une idée claire et un rappel.',
      },
      {
        said: 'Pas de remise cette fois, merci.',
        answered: 'D’accord : on offre de l’attention, pas un prix.',
      },
    ],
  },
  detours: [
    {
      said: 'Au fait, j’ai enfin testé : {treat}, grâce à ta story.',
      answered: 'Ha, alors ? Je veux le verdict honnête.',
    },
    {
      said: 'Je suis dans le train de {clock}, ça capte mal.',
      answered: 'Pas de souci, côté fenêtre j’espère !',
    },
    {
      said: '{person} te passe le bonjour, encore une personne convertie.',
      answered: 'Bonjour en retour ! Vous avez bon goût.',
    },
    { said: 'Pardon pour le retard, {load}.', answered: 'Ne t’excuse jamais de vivre. Tout va bien ici.' },
    {
      said: 'Mon chat a marché sur le clavier, oublie le dernier.',
      answered: 'Le chat avait pourtant de bons arguments.',
    },
    {
      said: 'Il pleut depuis {3-12} jours ici.',
      answered: 'Je t’envoie du soleil. Et des chaussettes sèches.',
    },
  ],
  scenarios: scenariosFr,
  closings: {
    critical: [
      'Bises de {city} !',
      'Rien ne presse, je me couche tard.',
      'Passe une belle soirée !',
      'À très vite ?',
      'Hâte de te lire.',
      ':)',
    ],
    high: [
      'Je peux payer d’avance.',
      'Prends ton temps.',
      'Merci beaucoup, {fan}',
      'Dis-moi avant {day}, si tu peux.',
      'Ça compterait beaucoup.',
      'Bonjour de {city}.',
    ],
    medium: [
      'Moins de {90-180} mots.',
      'En points, s’il te plaît.',
      'Pour l’appel de {day} à {clock}.',
      'Aucun nom dedans.',
      'Signale ce qui est supposé.',
      'Une idée de graphique est bienvenue.',
    ],
    low: [
      'Amical, jamais insistant.',
      'Envoi {day} à {clock}.',
      'Un emoji au plus.',
      'Ajoute un post-scriptum.',
      'Beaucoup nous parlent de ça : {load}. Garde-le en tête.',
      'Mots simples, lignes courtes.',
    ],
  },
};
