import { endianness } from 'node:os'
import type { OptionValue } from './option-values.js'

const little = endianness() === 'LE'

/**
 * `TCP_INFO` (tcp(7), `struct tcp_info` without its bit-fields): what the kernel knows of a connection. Times are microseconds
 * unless it says otherwise. What an older kernel does not tell is 0.
 */
export interface TcpInfo {
  /** 1: established; the others are in the kernel's tcp_states.h. */
  readonly state: number
  /** What congestion control is at. 0: nothing is lost. */
  readonly caState: number
  /** Timeouts in a row, and unanswered probes of a closed window or of keepalive. */
  readonly retransmits: number
  readonly probes: number
  readonly backoff: number
  /** Bits: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN, 16 ECN seen, 32 data in the SYN. */
  readonly options: number
  readonly rto: number
  readonly ato: number
  /** Bytes of a segment, each way. */
  readonly sndMss: number
  readonly rcvMss: number
  /** Segments under way, and what became of them. */
  readonly unacked: number
  readonly sacked: number
  readonly lost: number
  readonly retrans: number
  readonly fackets: number
  /** Milliseconds since. */
  readonly lastDataSent: number
  readonly lastDataRecv: number
  readonly lastAckRecv: number
  readonly pmtu: number
  readonly rcvSsthresh: number
  /** The smoothed round trip and its variance. */
  readonly rtt: number
  readonly rttvar: number
  readonly sndSsthresh: number
  /** Segments that may be under way. */
  readonly sndCwnd: number
  readonly advmss: number
  readonly reordering: number
  readonly rcvRtt: number
  readonly rcvSpace: number
  readonly totalRetrans: number
  /** Bytes a second. */
  readonly pacingRate: bigint
  readonly maxPacingRate: bigint
  /** Bytes that the peer has acknowledged, and that came from it. Linux 4.1. */
  readonly bytesAcked: bigint
  readonly bytesReceived: bigint
  readonly segsOut: number
  readonly segsIn: number
  /** Bytes that wait to be sent for the first time. Linux 4.6, as what follows up to the data segments. */
  readonly notsentBytes: number
  readonly minRtt: number
  readonly dataSegsIn: number
  readonly dataSegsOut: number
  /** Bytes a second, as last measured. Linux 4.9. */
  readonly deliveryRate: bigint
  /** Time spent sending, and of that waiting for the peer's window and for a larger send buffer. Linux 4.10. */
  readonly busyTime: bigint
  readonly rwndLimited: bigint
  readonly sndbufLimited: bigint
  /** Segments. Linux 4.18. */
  readonly delivered: number
  readonly deliveredCe: number
  /** Bytes, each repetition counted again, and the repetitions alone. Linux 4.19, as what follows. */
  readonly bytesSent: bigint
  readonly bytesRetrans: bigint
  readonly dsackDups: number
  readonly reordSeen: number
  /** Linux 5.4. */
  readonly rcvOoopack: number
  /** The peer's window in bytes. Linux 5.4. */
  readonly sndWnd: number
}

export const tcpInfo: OptionValue<TcpInfo, never> = {
  size: 232,
  decode: (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const u32 = (offset: number) => view.getUint32(offset, little)
    const u64 = (offset: number) => view.getBigUint64(offset, little)
    return {
      state: view.getUint8(0),
      caState: view.getUint8(1),
      retransmits: view.getUint8(2),
      probes: view.getUint8(3),
      backoff: view.getUint8(4),
      options: view.getUint8(5),
      rto: u32(8),
      ato: u32(12),
      sndMss: u32(16),
      rcvMss: u32(20),
      unacked: u32(24),
      sacked: u32(28),
      lost: u32(32),
      retrans: u32(36),
      fackets: u32(40),
      lastDataSent: u32(44),
      // At 48: when an acknowledgement was last sent, which no kernel remembers.
      lastDataRecv: u32(52),
      lastAckRecv: u32(56),
      pmtu: u32(60),
      rcvSsthresh: u32(64),
      rtt: u32(68),
      rttvar: u32(72),
      sndSsthresh: u32(76),
      sndCwnd: u32(80),
      advmss: u32(84),
      reordering: u32(88),
      rcvRtt: u32(92),
      rcvSpace: u32(96),
      totalRetrans: u32(100),
      pacingRate: u64(104),
      maxPacingRate: u64(112),
      bytesAcked: u64(120),
      bytesReceived: u64(128),
      segsOut: u32(136),
      segsIn: u32(140),
      notsentBytes: u32(144),
      minRtt: u32(148),
      dataSegsIn: u32(152),
      dataSegsOut: u32(156),
      deliveryRate: u64(160),
      busyTime: u64(168),
      rwndLimited: u64(176),
      sndbufLimited: u64(184),
      delivered: u32(192),
      deliveredCe: u32(196),
      bytesSent: u64(200),
      bytesRetrans: u64(208),
      dsackDups: u32(216),
      reordSeen: u32(220),
      rcvOoopack: u32(224),
      sndWnd: u32(228),
    }
  },
  encode: () => {
    throw new TypeError('this option can only be read')
  },
}
