// The observer that only counts, as one for a metrics page would: events by kind, bytes each way.

import type { Answer } from '../contestants/contestant.js'
import type { EventTraffic } from '../events.js'
import type { Meter } from './observers.js'

export class CountMeter implements Meter {
  private starts = 0
  private connects = 0
  private traffics = 0
  private finishes = 0
  private fronted = 0
  private limited = 0
  private blocklisted = 0
  private replays = 0
  private lists = 0
  private bytesRead = 0
  private bytesWritten = 0

  eventStart(): void {
    this.starts++
  }

  eventConnectedToDC(): void {
    this.connects++
  }

  eventTraffic(event: EventTraffic): void {
    this.traffics++
    if (event.isRead) this.bytesRead += event.traffic
    else this.bytesWritten += event.traffic
  }

  eventFinish(): void {
    this.finishes++
  }

  eventDomainFronting(): void {
    this.fronted++
  }

  eventConcurrencyLimited(): void {
    this.limited++
  }

  eventIPBlocklisted(): void {
    this.blocklisted++
  }

  eventReplayAttack(): void {
    this.replays++
  }

  eventIPListSize(): void {
    this.lists++
  }

  get tally(): Answer {
    const { starts, connects, traffics, finishes, fronted, limited, blocklisted, replays, lists } = this
    const kinds = [starts, connects, traffics, finishes, fronted, limited, blocklisted, replays, lists]
    return { kinds, bytesRead: this.bytesRead, bytesWritten: this.bytesWritten }
  }
}
