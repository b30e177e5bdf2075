export { AnswerBuffer } from './answer-buffer.js'
export { Conversation, type ConversationOptions } from './conversation.js'
export { longestAnswer, longestLine, longestSleep, mostRounds } from './limits.js'
export { Next } from './next.js'
