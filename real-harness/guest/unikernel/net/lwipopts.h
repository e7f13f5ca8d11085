// lwIP's options (its src/include/lwip/opt.h says what each is and what it is otherwise).
#pragma once

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_RAW 0
#define LWIP_DHCP 0
#define LWIP_DNS 0
#define LWIP_IPV6 0
#define LWIP_STATS 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define ARP_QUEUEING 1

#define MEM_ALIGNMENT 8
#define MEM_SIZE (4 << 20)
#define MEMP_NUM_PBUF 64
#define MEMP_NUM_UDP_PCB 4
#define MEMP_NUM_TCP_PCB 1024
#define MEMP_NUM_TCP_PCB_LISTEN 4
#define MEMP_NUM_TCP_SEG 4096
#define PBUF_POOL_SIZE 8
#define PBUF_POOL_BUFSIZE 1600
#define LWIP_SUPPORT_CUSTOM_PBUF 1
// The offload header's place before each frame.
#define PBUF_LINK_ENCAPSULATION_HLEN 12

// Left to the device (netif.h).
#define CHECKSUM_GEN_TCP 0
#define CHECKSUM_GEN_UDP 0
#define CHECKSUM_CHECK_TCP 0
#define CHECKSUM_CHECK_UDP 0

// What is told to peers is the MTU's; this is the largest that netif.h's widen() can set.
#define TCP_MSS 64240
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 5
#define TCP_WND (1 << 20)
#define TCP_SND_BUF (1 << 20)
#define TCP_SND_QUEUELEN 512
#define TCP_OVERSIZE 0
#define TCP_LISTEN_BACKLOG 0
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1  // they know of no segments beyond the MTU
