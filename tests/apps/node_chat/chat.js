// A question and its answer, as many have written it, with two mistakes that the API's documentation warns of:
// the run's status is not looked at, so messages.data[0] may be the question itself; and a message whose answer
// is lost on the way is sent once more by the SDK, so that the thread holds it twice.

import OpenAI from 'openai';

const client = new OpenAI();

export async function ask(question) {
  const thread = await client.beta.threads.create();
  await client.beta.threads.messages.create(thread.id, { role: 'user', content: question });
  await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: process.env.ASSISTANT_ID });
  const messages = await client.beta.threads.messages.list(thread.id);
  return messages.data[0].content[0].text.value;
}
