import type { Phrases } from './phrases.ts';
import { scenariosEn } from './scenarios-en.ts';

/** English raw material of the sample conversations. */
export const phrasesEn: Phrases = {
  slots: {
    day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
    month: ['January', 'March', 'April', 'June', 'July', 'September', 'October', 'December'],
    city: [
      'Leeds',
      'Toronto',
      'Austin',
      'Bristol',
      'Galway',
      'Denver',
      'Cardiff',
      'Halifax',
      'Portland',
      'Ghent',
    ],
    far: ['Sydney', 'Tokyo', 'Vancouver', 'Auckland', 'Singapore', 'Honolulu', 'Nairobi', 'Lima'],
    clock: ['6 am', '7:30 am', 'noon', '5 pm', '7 pm', '9:30 pm', 'midnight'],
    theme: [
      'a rainy-day café',
      'golden hour on the beach',
      'an old bookshop',
      'an autumn forest walk',
      'a baking morning',
      'a retro roller rink',
      'a mountain cabin',
      'city rooftops at dusk',
      'a flower market',
      'knitwear and hot chocolate',
    ],
    price: ['$35', '$40', '$45', '$60', '$75', '$90', '$120'],
    person: [
      'my sister',
      'my best friend',
      'my flatmate',
      'my cousin',
      'my brother',
      'my colleague',
      'my mum',
    ],
    post: [
      'the behind-the-scenes video',
      'your Sunday live',
      'the playlist you shared',
      'the studio tour',
      'the Q&A',
      'your last photo diary',
      'the voice note from Tuesday',
      'the making-of',
    ],
    load: [
      'a long week at work',
      'exam season',
      'moving flats',
      'marathon training',
      'a month of night shifts',
      'a very rainy holiday',
      'planning a wedding',
      'my first weeks in a new job',
    ],
    treat: [
      'lemon cake',
      'ramen',
      'a picnic',
      'karaoke',
      'a board-game night',
      'a swim in the sea',
      'pancakes',
    ],
    segment: [
      'subscribers of more than a year',
      'people who joined last month',
      'fans who lapsed in the spring',
      'the top 50 supporters',
      'fans who bought a photo set before',
      'readers who never wrote back',
    ],
  },
  openings: {
    critical: [
      {
        said: 'Hey! It’s {fan}, are you around?',
        answered: 'Hi {fan}! I am, kettle just boiled. How are you?',
      },
      { said: 'Good morning from {city} :)', answered: 'Good morning {fan}! How is {city} today?' },
      {
        said: 'Just caught up with {post}. Loved it.',
        answered: 'That makes my day, {fan}. Which part stayed with you?',
      },
      {
        said: 'Hi again, it’s been {load} over here.',
        answered: 'Oof, I can imagine. Sit down, {fan}, tell me.',
      },
      {
        said: 'hello hello, quick break before {clock}',
        answered: 'Quick breaks are the best ones. Hi {fan}!',
      },
    ],
    high: [
      {
        said: 'Hi, {fan} here. I’d like to order something.',
        answered: 'Hi {fan}, lovely! What do you have in mind?',
      },
      {
        said: 'Are you taking requests this month?',
        answered: 'I am, {fan}, a few spots are left for {month}.',
      },
      { said: 'I saw {post} and got an idea.', answered: 'I like it when that happens. Tell me, {fan}!' },
      {
        said: 'I saved up a little for {month}.',
        answered: 'That is sweet of you, {fan}. What shall we make?',
      },
    ],
    medium: [
      {
        said: 'Please keep reports to one screen.',
        answered: 'Will do: figures first, then three suggestions at most.',
      },
      {
        said: 'We look at the week from {day} to {day}.',
        answered: 'Noted. I compare with the week before.',
      },
      {
        said: 'The team reads this at {clock}, keep it light.',
        answered: 'Understood, short and without jargon.',
      },
      {
        said: 'Same format as in {month}, please.',
        answered: 'Of course: summary, table, what to try next.',
      },
    ],
    low: [
      { said: 'We are planning {month}.', answered: 'Good moment. Who should it reach, and what for?' },
      {
        said: 'The {day} mailing did well: {28-61}% opened it.',
        answered: 'Then let’s keep its tone and length.',
      },
      {
        said: 'Budget is small this time, {120-900} messages.',
        answered: 'Enough for one focused idea and a reminder.',
      },
      {
        said: 'No discounts this time, please.',
        answered: 'Fine: then attention is the gift, not the price.',
      },
    ],
  },
  detours: [
    {
      said: 'By the way, I finally tried {treat} after your story.',
      answered: 'Ha, and? I want the honest verdict.',
    },
    { said: 'I’m on the {clock} train, signal comes and goes.', answered: 'No hurry, window seat I hope!' },
    {
      said: '{person} says hi, I got them hooked too.',
      answered: 'Hi back! Tell them they have good taste in friends.',
    },
    {
      said: 'Sorry for the late answer, {load}.',
      answered: 'Never apologise for having a life. All good here.',
    },
    {
      said: 'My cat walked over the keyboard, ignore the last one.',
      answered: 'The cat made some good points, though.',
    },
    { said: 'It has rained for {3-12} days here.', answered: 'Sending some sun. And dry socks.' },
  ],
  scenarios: scenariosEn,
  closings: {
    critical: [
      'Hugs from {city}!',
      'No rush, I’m a night owl.',
      'Have a lovely evening!',
      'Talk soon?',
      'Curious what you say.',
      ':)',
    ],
    high: [
      'Happy to pay up front.',
      'Take your time.',
      'Thanks a lot, {fan}',
      'Let me know by {day}, if you can.',
      'It would mean a lot.',
      'Greetings from {city}.',
    ],
    medium: [
      'Keep it under {90-180} words.',
      'Bullet points, please.',
      'For the call on {day} at {clock}.',
      'No names in it.',
      'Mark what is a guess.',
      'One chart idea is welcome.',
    ],
    low: [
      'Friendly, not pushy.',
      'It goes out on {day} at {clock}.',
      'At most {1-2} emoji.',
      'Please add a postscript.',
      'Keep {load} in mind, many write about it.',
      'Plain words, short lines.',
    ],
  },
};
