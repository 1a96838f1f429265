/** What the model server's replies are put together from: one of each. */
export type Phrases = {
  openings: readonly [string, ...string[]];
  bodies: readonly [string, ...string[]];
  closings: readonly [string, ...string[]];
};

export const phrasesEn: Phrases = {
  openings: [
    'Hey you!',
    'Aww, that made me smile.',
    'Thank you so much for writing!',
    'Good to hear from you again!',
    'You always ask the best questions.',
    'Ha, I was just thinking about that.',
    'Hi there, and sorry for the wait!',
    'You are too kind.',
  ],
  bodies: [
    'I spent the whole morning on the new photo set and I think you will love the colours.',
    'The next live session is on Friday evening, and I am saving a little surprise for the end.',
    'I read every message myself, even when it takes me a day or two to answer.',
    'Your idea for the next shoot is lovely, I have put it on my list.',
    'I had a slow week, mostly tea, rain and a very good book.',
    'The behind-the-scenes clip goes up tomorrow, so keep an eye on the feed.',
    'Happy birthday in advance! Tell me, how are you going to celebrate?',
    'I checked your renewal and everything is in order, you keep the same price.',
    'The series did well this month, and the morning posts most of all.',
    'I am travelling until Sunday, but I will make time for your request after that.',
    'I tried the recipe that you sent me and it turned out really well.',
    'For the campaign I would start with the members who were with us last spring.',
  ],
  closings: [
    'Talk soon!',
    'What was the best part of your day?',
    'Take care of yourself.',
    'Let me know what you think.',
    'Have a wonderful evening!',
    'Thank you for being here.',
    'See you on Friday?',
    'Sending you a big smile.',
  ],
};

export const phrasesFr: Phrases = {
  openings: [
    'Coucou toi !',
    'Oh, ton message me fait vraiment plaisir.',
    'Merci beaucoup pour ton petit mot !',
    'Contente de te lire à nouveau !',
    'Tu poses toujours de bonnes questions.',
    'Justement, j’y pensais ce matin.',
    'Bonjour, et pardon pour l’attente !',
    'Tu es adorable.',
  ],
  bodies: [
    'J’ai passé la matinée sur la nouvelle série de photos et je crois que les couleurs vont te plaire.',
    'Le prochain direct est vendredi soir, et je garde une petite surprise pour la fin.',
    'Je lis tous les messages moi-même, même s’il me faut parfois un jour ou deux pour répondre.',
    'Ton idée pour la prochaine séance est très jolie, je l’ai notée.',
    'J’ai eu une semaine tranquille : du thé, de la pluie et un très bon livre.',
    'Les coulisses seront en ligne demain, surveille bien le fil.',
    'Joyeux anniversaire en avance ! Dis-moi, comment vas-tu le fêter ?',
    'J’ai vérifié ton renouvellement, tout est en ordre et tu gardes le même prix.',
    'La série a bien marché ce mois-ci, surtout les publications du matin.',
    'Je suis en voyage jusqu’à dimanche, mais je prendrai le temps pour ta demande après.',
    'J’ai essayé la recette que tu m’as envoyée, elle est très réussie.',
    'Pour la campagne, je commencerais par les abonnés du printemps dernier.',
  ],
  closings: [
    'À très vite !',
    'Quel a été le meilleur moment de ta journée ?',
    'Prends bien soin de toi.',
    'Dis-moi ce que tu en penses.',
    'Passe une très belle soirée !',
    'Merci d’être là.',
    'On se retrouve vendredi ?',
    'Je t’envoie un grand sourire.',
  ],
};
