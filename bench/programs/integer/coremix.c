/* The kinds of work that CoreMark does, mixed: list processing, an integer matrix, a state machine, a CRC over all. */
#include "program.h"

enum { NODES = 200, SIDE = 24, TEXT = 512 };
struct node { struct node *next; s16 key, payload; };

static struct node nodes[NODES];
static s16 a[SIDE][SIDE], b[SIDE][SIDE];
static s32 c[SIDE][SIDE];
static char text[TEXT];

static u32 crc16(u32 crc, u32 value) {
  for (u32 i = 0; i < 16; i++, value >>= 1) crc = (crc ^ value) & 1 ? crc >> 1 ^ 0xA001 : crc >> 1;
  return crc;
}

static struct node *find(struct node *list, s16 key) {
  while (list && list->key != key) list = list->next;
  return list;
}

static struct node *reversed(struct node *list) {
  struct node *done = NULL;
  while (list) {
    struct node *next = list->next;
    list->next = done, done = list, list = next;
  }
  return done;
}

static struct node *merge(struct node *x, struct node *y) {
  struct node *head = NULL, **tail = &head;
  while (x && y) {
    struct node **least = x->key <= y->key ? &x : &y;
    *tail = *least, tail = &(*least)->next, *least = *tail;
  }
  *tail = x ? x : y;
  return head;
}

static NOINLINE struct node *sorted(struct node *list, u32 length) {
  if (length < 2) return list;
  struct node *middle = list;
  for (u32 i = 1; i < length / 2; i++) middle = middle->next;
  struct node *second = middle->next;
  middle->next = NULL;
  return merge(sorted(list, length / 2), sorted(second, length - length / 2));
}

static NOINLINE u32 list_part(u32 round) {
  u32 seed = round | 1, sum = 0;
  for (u32 i = 0; i < NODES; i++) {
    nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : NULL;
    nodes[i].key = (s16)(next_random(&seed) & 0x3FF), nodes[i].payload = (s16)i;
  }
  struct node *list = reversed(nodes);
  for (s16 key = 0; key < 64; key++) {
    struct node *found = find(list, key);
    sum += found ? (u16)found->payload : 1u;
  }
  for (list = sorted(list, NODES); list; list = list->next) sum = sum * 5 + (u16)list->payload;
  return sum;
}

static NOINLINE u32 matrix_part(u32 round) {
  u32 sum = 0;
  for (u32 i = 0; i < SIDE; i++)
    for (u32 j = 0; j < SIDE; j++) a[i][j] = (s16)(i * j + round), b[i][j] = (s16)(i - 3 * j);
  for (u32 i = 0; i < SIDE; i++)
    for (u32 j = 0; j < SIDE; j++) {
      s32 product = 0;
      for (u32 k = 0; k < SIDE; k++) product += a[i][k] * b[k][j];
      c[i][j] = product;
      sum += (u32)(product >> 3 & 0x7F);
    }
  return sum + (u32)c[SIDE / 2][SIDE / 3];
}

enum state { START, SIGN, INTEGER, FRACTION, EXPONENT, INVALID, STATES };

static enum state step(enum state state, char character) {
  bool digit = character >= '0' && character <= '9';
  switch (state) {
    case START: return digit ? INTEGER : character == '+' || character == '-' ? SIGN : character == '.' ? FRACTION : INVALID;
    case SIGN: return digit ? INTEGER : character == '.' ? FRACTION : INVALID;
    case INTEGER: return digit ? INTEGER : character == '.' ? FRACTION : character == 'e' ? EXPONENT : INVALID;
    case FRACTION: return digit ? FRACTION : character == 'e' ? EXPONENT : INVALID;
    case EXPONENT: return digit || character == '-' ? EXPONENT : INVALID;
    default: return INVALID;
  }
}

static NOINLINE u32 text_part(u32 round) {
  static const char alphabet[] = "0123456789+-.e,0123456789,,012,3";
  u32 seed = round + 77, counts[STATES] = {0}, sum = 0;
  for (u32 i = 0; i < TEXT; i++) text[i] = alphabet[next_random(&seed) >> 8 & 31];
  enum state state = START;
  for (u32 i = 0; i < TEXT; i++) {
    if (text[i] == ',') counts[state]++, state = START;
    else state = step(state, text[i]);
  }
  for (u32 i = 0; i < STATES; i++) sum = sum * 31 + counts[i];
  return sum;
}

u32 work(u32 count, char **arguments) {
  (void)arguments;
  u32 crc = 0xFFFF;
  for (u32 i = 0; i < count; i++) {
    crc = crc16(crc, list_part(i));
    crc = crc16(crc, matrix_part(i));
    crc = crc16(crc, text_part(i));
  }
  return crc;
}
