import type { Phrases } from './phrases.ts';

/** What English conversations are about. */
export const scenariosEn: Phrases['scenarios'] = {
  critical: [
    {
      topic: 'small-talk',
      before: [{ said: 'Guess what I did on {day}.', answered: 'Something with {treat}? Please say yes.' }],
      asks: [
        'Close! I went to {city} with {person} and we ended up at {treat}. What was the best bit of your week?',
        'I stayed in and rewatched {post}, no regrets. What do you do to wind down after {load}?',
        'I signed up for a run of {5-21} km with {person}. Any advice for someone who hates hills?',
        'Nothing at all, and it was glorious. On a {day}, do you pick {treat} or the sofa?',
      ],
    },
    {
      topic: 'birthday',
      before: [],
      asks: [
        'It’s my birthday on {day}, turning {24-58}! Any chance of a little wish from you?',
        'Tomorrow is {person}’s birthday and we both follow you. What would you write on the card?',
        'So… I turned {24-58} today and spent it with {treat}. Do you celebrate yours or hide?',
      ],
    },
    {
      topic: 'thank-you',
      before: [{ said: 'I wanted to tell you something.', answered: 'I’m all ears, {fan}.' }],
      asks: [
        'Your messages got me through {load}. I mean it, thank you. How do you stay so cheerful?',
        'I showed {post} to {person} and we laughed for {10-45} minutes. Thank you for that!',
        'Because of {post} I dared to try {treat} on my own in {city}. Thanks for the push!',
      ],
    },
    {
      topic: 'time-zone',
      before: [],
      asks: [
        'I moved to {far} for work. Your {day} live is at {clock} for me now, will there be a replay?',
        'What time is {clock} your side in {far}? I always get the clocks wrong and miss you by {1-5} hours.',
        'I’ll be in {far} until {month}. When should I write so that I catch you awake?',
      ],
    },
    {
      topic: 'renewal',
      before: [],
      asks: [
        'My subscription ends on {day}. Does the {price} bundle renew by itself or do I have to click?',
        'I’ve been here {4-30} months, wow. If I renew for {3-12} more, do I keep my place in the {day} chat?',
        'The renewal failed because my card changed. Do I lose {post} if I sort it out on {day}?',
      ],
    },
    {
      topic: 'refund',
      before: [
        { said: 'I have a slightly awkward question.', answered: 'Those are allowed here. Go on, {fan}.' },
      ],
      asks: [
        'I was charged {price} twice on {day}. Could one of them be refunded?',
        'I bought {post} by mistake, for {price}. I haven’t opened it, can I get the money back?',
        'I cancelled in {month} but {price} went out again on {day}. What should I do?',
      ],
    },
  ],
  high: [
    {
      topic: 'custom-photo-set',
      before: [{ said: 'I’m thinking of a photo set.', answered: 'Gladly! Which place or mood do you see?' }],
      asks: [
        'Something like {theme}, {8-24} photos, all cosy and in daylight. Would {price} work?',
        '{theme}, please, with the blue coat from {post}. I can do {price}; when could it be ready?',
        'It’s a surprise for {person}: {theme}, maybe {6-15} pictures and a short note. What would it cost?',
        'Could you do {theme}, but in {month} light? My limit is {price} and I’m not in a hurry.',
      ],
    },
    {
      topic: 'birthday-video',
      before: [],
      asks: [
        '{person} turns {21-65} on {day}. Could you record a greeting of {30-90} seconds? I’d pay {price}.',
        'I’d love a birthday message for {person}: they adore {treat} and live in {city}. Is {price} all right?',
        'A short birthday video, please, mentioning {treat} and the {day} live. Does {price} cover it?',
      ],
    },
    {
      topic: 'tip-thanks',
      before: [{ said: 'I just sent you {price}.', answered: 'I saw it and smiled. Thank you, {fan}!' }],
      asks: [
        'It’s for {post}, it carried me through {load}. Spend it on {treat}! What are you working on next?',
        'Please use it for new gear. Could the next one be about {theme}?',
        'No need for anything in return, only tell me how {day} went. Did the plan for {theme} work out?',
      ],
    },
    {
      topic: 'renewal-gift',
      before: [],
      asks: [
        'I renewed for {3-12} months today. Is there still the welcome-back message you did in {month}?',
        'If I take the year instead of {price} a month, is a set like {theme} included?',
        'I’d like to gift {person} {2-6} months. Can you send them a first hello on {day}?',
      ],
    },
    {
      topic: 'order-change',
      before: [
        { said: 'About my order from {day}.', answered: 'Yes, it is on my list. What would you change?' },
      ],
      asks: [
        'Could we swap it for {theme}? If it’s too late, a part refund of the {price} would be fine as well.',
        'I’m in {far} until {month}, so no rush at all. And please add {2-8} photos, I’ll top up to {price}.',
        'Please leave out the name, {person} may see it. Everything else stays: {theme}, {price}.',
      ],
    },
  ],
  medium: [
    {
      topic: 'weekly-analytics',
      before: [],
      asks: [
        'Week in figures: {310-980} messages in, {71-98}% answered, median reply {3-38} min, {12-64} new subscribers, {4-31} cancellations, revenue {1200-6900} dollars. Write the Monday summary.',
        'Summarise: best day {day} with {90-260} messages, {post} brought {14-72} sign-ups, reply rate {71-98}%, revenue {900-5400} dollars. What should we try next week?',
        'Compare: last week {220-700} chats and {800-4100} dollars, this week {230-760} chats and {850-4600} dollars. Say what moved and whether it matters.',
      ],
    },
    {
      topic: 'conversation-summary',
      before: [
        { said: 'Next: one conversation for the handover.', answered: 'Send it, I keep names out of it.' },
      ],
      asks: [
        '{fan} wrote {14-60} messages since {month}: work is {load}, likes {treat}, asked twice about {theme}, budget near {price}. Summarise in five lines.',
        'Handover for {day}: {fan} waits for a set about {theme}, paid {price}, is in {far} and reads at {clock}. What must the next person know?',
        '{fan}: {3-24} months with us, enjoyed {post}, was unsure about {price}. Summarise the mood and propose one next message.',
      ],
    },
    {
      topic: 'renewal-outlook',
      before: [],
      asks: [
        '{40-190} renewals are due in {month}; {8-35}% usually lapse, most after {2-7} months. Which group should we write to first?',
        'Renewals by plan: monthly {55-88}%, quarterly {60-92}%, yearly {70-97}%. Explain it in plain words and name one thing to test.',
        'Of {segment}, {18-77}% renewed after {post}. Is that signal or noise with {30-140} people?',
      ],
    },
    {
      topic: 'refund-review',
      before: [],
      asks: [
        '{18-36} refunds in {month}, {2-9} of them double charges, {2-8} bought by mistake, {180-940} dollars in total. Draft a short review with causes.',
        'Refund requests went from {2-9} to {10-22} after the price changed to {price}. What would you check first?',
        'Group these reasons: {2-9} duplicate payments, {1-7} late sets, {1-6} wrong item on {day}. One paragraph for the team.',
      ],
    },
    {
      topic: 'active-hours',
      before: [],
      asks: [
        'Fans write from {far} ({9-31}%) and {city} ({22-58}%); the peak is at {clock}. Suggest three slots for the {day} live.',
        'At {clock} we answer after {4-19} min, at night after {40-190} min. Is a second shift for {far} worth {300-1400} dollars a month?',
        'Activity by weekday: {day} leads with {120-410} messages, the slowest has {20-80}. When should posts go out?',
      ],
    },
  ],
  low: [
    {
      topic: 'birthday-campaign',
      before: [],
      asks: [
        'Write three birthday messages for {segment}, with a nod to {treat}. No discount, {40-90} words each.',
        '{20-85} fans have their birthday in {month}. Give us two warm variants and one funny one that mentions {post}.',
      ],
    },
    {
      topic: 'win-back',
      before: [],
      asks: [
        'A win-back message for {segment}: recall {post}, offer {theme} as a teaser, no pressure. {2-5} variants.',
        'Two reminders, {4-12} days apart, for {segment}. The first mentions {price}, the second only says hello.',
        'Subject lines for lapsed fans: {6-14} of them, under {32-48} characters, about {theme}.',
      ],
    },
    {
      topic: 'set-launch',
      before: [
        { said: 'The new set is ready.', answered: 'Lovely. What is it about, and what does it cost?' },
      ],
      asks: [
        'It’s {theme}, {12-40} photos at {price}, out on {day} at {clock}. Draft the announcement for {segment}.',
        '{theme}, {price}. We need a teaser, the launch note and a thank-you, each under {50-110} words.',
        'Launch of {theme} in {month}: propose {3-6} angles for {segment} and say which to test first.',
      ],
    },
    {
      topic: 'seasonal-ideas',
      before: [],
      asks: [
        'Five campaign ideas for {month}, one with {treat}, one for fans in {far}, none that needs more than {price}.',
        'We want something around {theme} in {month}. What could we do with {segment} in {2-6} messages?',
        'Ideas for a {day} ritual with fans: {treat}, {post}, a question of the week. Rank them and write the first post.',
      ],
    },
    {
      topic: 'thank-you-campaign',
      before: [],
      asks: [
        'A thank-you note to people who have been here for {4-36} months. Mention {post}, sign off warmly.',
        'We passed {1200-9800} subscribers on {day}. Write the thank-you in {2-4} lengths, the longest {60-120} words.',
      ],
    },
  ],
};
