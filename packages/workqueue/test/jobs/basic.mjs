import { defineJobs } from '@rearm/workqueue'
export default defineJobs({
  add({a,b}){return a+b}, echo(x){return x}, async later(x){ await new Promise(r=>setTimeout(r,5)); return x},
  boom(){ const e=new TypeError('no'); e.code='E_NO'; throw e}, die(c){process.exit(c)}, 
  log(x){console.log('log',x)}, fact(n){let r=1n;for(let i=2n;i<=n;i++)r*=i;return r},
})
