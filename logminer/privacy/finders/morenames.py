"""Names that Faker's lists lack though many people bear them, in Latin letters and without accents that people leave out."""

from __future__ import annotations

from logminer.privacy.finders.tokens import word_set

__all__ = ["FIRST_NAMES", "SURNAMES"]

# India and its neighbours; West, East and southern Africa; the Arab world, Iran, Turkey; China, Korea, Japan, Vietnam,
# Thailand, Indonesia; Wales, Ireland, Scotland; Iceland and the Baltic; Russia, Ukraine, the Caucasus; the Pacific.
FIRST_NAMES = word_set(
    """
    vikram karthik priya rajesh ananya sunita lakshmi senthil meenakshi arun suresh ramesh mahesh ganesh dinesh naresh mukesh rakesh lokesh
    anjali pooja neha kavita kavitha savita geeta gita rekha seema shreya shruti swati divya deepa deepak deepika aditya aarav arjun rohan rohit rahul
    sanjay vijay ajay manoj anil sunil vinod pramod prakash pradeep sandeep kuldeep harpreet gurpreet manpreet jaspreet simran navjot nikhil nitin
    siddharth varun tarun harish girish satish ashwin pranav abhishek abhinav akash ashish gaurav saurabh vivek vishal harsh yash ishaan ishita
    aishwarya nandini padma radhika sangeeta sushma usha vidya yamini revathi bhavana chitra gayatri hema jyoti lalitha malini
    murali venkat srinivas raghav balaji selvam murugan kumaran thilini dilshan chamara nimal ruwan tharindu nuwan kasun sajith bishnu sunil
    imran bilal usman faisal asif kashif zeeshan hamza ayesha sadia nadia saima shazia rubina farhana tahmina nusrat sumaiya rafiq tanvir
    oluwaseun babatunde yetunde adebola adebayo adewale ayodele olumide olufemi temitope titilayo omolara kehinde taiwo funmilayo tunde
    femi segun bukola damilola tolulope oluwatobi chidinma emeka ngozi obinna ifeoma chukwuemeka chinedu chioma adaeze nkechi uchenna nnamdi ikenna
    chinonso kelechi amaka onyeka ebuka uzoma kwame kofi kwabena yaw kojo akosua abena adwoa efua ama esi nana mamadou amadou ousmane
    ibrahima moussa seydou fatou aminata aissatou mariama awa ndeye cheikh boubacar dawit bekele selam tesfaye abebe almaz tigist
    yohannes mulugeta meseret abdirahman ayaan warsame abdullahi fadumo hibo sagal khadra liban wanjiru njeri kamau mwangi otieno
    achieng wambui nyambura kipchoge cheptoo juma zuberi neema thabo sipho nomsa thandiwe lerato nokuthula sibusiso bongani themba ayanda
    zanele lindiwe tendai tatenda rudo farai khalid maryam yusuf fatima tariq youssef mohammed muhammad mohamed ahmed mahmoud mustafa abdullah
    abdulrahman abdelrahman hassan hussein hamid rashid karim nasser walid ziad samir rania hanan huda layla leila noor nour zainab zaynab
    khadija aisha amina sumaya salma yasmin yasmine dalia reem rana lina mona nabil adel fadi rami tamer ayman wael hisham reza hossein
    mehdi navid babak farhad kamran shirin nasrin maryam zahra parisa niloofar xiaoming yuting jianguo meiling zihan xiaohong xiaoli xiaoyan
    xiaoyu haoran yichen zixuan yuxuan jiahao junjie weijie zhiqiang jianhua jianjun guoqiang yifan yiming mingyu minghao yuhan xinyi
    siyu jiayi yating yingying lingling lihua xiuying guiying shufen huimin wenjie wenjing tingting feifei zhihao chenxi ruoxi
    ji-woo min-jun seo-yeon hyun-woo eun-ji ji-hoon ji-hye ji-min ji-young min-ji min-seo min-ho soo-jin su-jin hye-jin hyun-jin hyun-jung
    seung-ho seung-min sung-min dong-hyun jae-hyun jun-ho joon-ho young-ho young-hee kyung-soo yoo-jin eun-hye hae-won so-yeon ye-jin jiwoo
    minjun seoyeon hyunwoo eunji jihoon jimin haruto sakura kenji naoko takeshi hiroshi hiroko yoko keiko yuki yuko kazuo akira satoshi
    takashi kenta daiki shota ryota sota haruka aoi misaki ayumi tomoko masako michiko noriko kumiko mariko kaori ayaka nanami yoshiko
    trang quoc bao minh khoa ngoc anh van duc thi hoang huong linh phuong thanh tuan hung quang hieu thuy lan nhung hien tien khanh
    somchai somsak siriporn nattapong kanya malee prasert wichai budi agus siti dewi wayan ketut putri rizky dwi sri joko bambang
    angharad rhodri rhian rhiannon sian carys cerys ffion nerys bethan gwen gwyneth gwenllian dafydd gruffydd iolo
    ieuan ifan iwan huw hywel emrys geraint gareth tegan aoife niamh ciaran saoirse eoghan siobhan sinead grainne roisin caoimhe orla
    aisling padraig cormac oisin fionn diarmuid tadhg eamon donal catriona mairead eilidh mhairi iain hamish ruaridh
    gudrun sigurdur thordis bjork asgeir gunnar sigrun ingibjorg kadri tonu maarja liis rein urmas priit tiina janis liga
    oksana taras bohdan lesya yevhen oleksandr andriy serhiy volodymyr mykola vasyl iryna olena nataliya kateryna yulia
    svetlana dmitri dmitry anastasia gennady ludmila lyudmila sergei sergey nikolai mikhail vladimir igor oleg yuri boris tatiana ekaterina
    nino giorgi levan tamar nana gor aram hayk anahit leilani kalani keola sione mele tevita
    """
)
SURNAMES = word_set(
    """
    deshpande chatterjee agarwal bhattacharya malhotra mukherjee banerjee venkatesan natarajan raghavan krishnamurthy subramanian iyer iyengar
    nair menon pillai reddy naidu kulkarni joshi shukla mishra pandey tiwari dubey trivedi chaudhary choudhury gupta perera fernando
    wickramasinghe jayawardena silva adeyemi olatunji fashola adebayo adewale okonkwo nwachukwu eze okafor anyanwu okoro
    obi nwosu onyekachi balogun bello abubakar danjuma mensah owusu asante boateng osei appiah diallo traore coulibaly keita toure
    diop ndiaye sow cisse tesfaye gebremariam haile alemu bekele farah jama warsame kamau mwangi otieno odhiambo kiprotich
    dlamini nkosi ndlovu khumalo mokoena moyo haddad youssef amrani abdelrahman rashid mansour khoury nasser hosseini rezaei ahmadi karimi
    zhang huang ouyang zheng wang zhao zhou liu yang chen guo xie deng cao peng zeng xiao hwang baek jeong choi yoon jang
    yamashita kobayashi fujiwara ishikawa matsuda tanaka suzuki watanabe yamamoto nakamura takahashi nguyen pham huynh hoang
    tran dang phan shevchuk kovalenko bondarenko lysenko tkachuk kravchenko sokolova vasiliev kuznetsov morozova pavlov ivanov petrov
    jonsdottir einarsson thorsteinsson gunnarsdottir gunnarsdóttir helgason tamm saar llewellyn gwilym
    o'sullivan o'doherty mcgrath
    """
)
